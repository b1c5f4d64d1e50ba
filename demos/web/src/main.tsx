import { render } from 'solid-js/web'
import { App } from './app.tsx'
import { readSettings } from './settings.ts'

const root = document.getElementById('app')
if (root) render(() => <App settings={readSettings(location)} />, root)
