import { defineConfig } from 'vitest/config'

const conditions = ['@skillweave/source']

/** See `tests/browser/chromium.ts`. */
const patience = Number(process.env.SKILLWEAVE_PATIENCE ?? 1)

export default defineConfig({
  ssr: { resolve: { conditions } },
  resolve: { conditions },
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 60_000 * patience,
    hookTimeout: 60_000 * patience,
    pool: 'forks',
    maxWorkers: 2,
  },
})
