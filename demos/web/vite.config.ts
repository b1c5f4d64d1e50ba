import { fileURLToPath } from 'node:url'
import { defaultClientConditions, defineConfig } from 'vite'
import solid from 'vite-plugin-solid'

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // A static site may live in a folder of its host.
  base: './',
  plugins: [solid()],
  worker: { format: 'es' },
  resolve: { conditions: ['@skillweave/source', ...defaultClientConditions] },
  build: {
    outDir: 'dist/page',
    emptyOutDir: true,
    target: 'es2022',
    // The scene's code is larger than the default warning allows; the budget is in the tests.
    chunkSizeWarningLimit: 900,
    modulePreload: { polyfill: false },
  },
})
