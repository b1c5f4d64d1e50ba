import { buildWeb } from '@skillweave/demos/web-build'
import { startScriptedServer } from './scripted-source.ts'

// For work on the page: `node tests/dist/support/scripted-server.js [port]` after `tsc -b`.
const port = Number(process.argv[2] ?? 8790)
const server = await startScriptedServer({ port, staticDir: await buildWeb() })
console.log(server.url)
