import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const data = process.env.SKILLWEAVE_DATA
const cli = fileURLToPath(new URL('../../demos/dist/cli.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'skillweave-'))

const skillweave = (...args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(process.execPath, [cli, ...args], { cwd: folder }, (error, out, err) => {
      if (error) reject(new Error(err))
      else resolve(out)
    })
  })
const lastLine = (text: string) => JSON.parse(text.trim().split('\n').at(-1) ?? '')

describe.skipIf(!data)(
  'the policy of unitree_rl_lab (skipped unless SKILLWEAVE_DATA is set)',
  () => {
    const source = join(data ?? '', 'policies/unitree-rl-lab-g1-velocity')

    it('is imported as it is, checked, and walks with pushes in both engines', {
      timeout: 240_000,
    }, async () => {
      const text = await skillweave('policy', 'import', source, '--robot', 'g1-29', '--out', 'walk')
      expect(text).toMatch(/2 +waist_yaw_joint +12 +0.25 +0 +0 +200 +5 +88/)
      const check = JSON.parse(await skillweave('policy', 'check', 'walk', '--json'))
      expect(check).toMatchObject({ observation: 480, actions: 29, dryRun: { beyondLimits: 0 } })
      for (const engine of ['rapier', 'mujoco']) {
        const result = lastLine(
          await skillweave(
            ...['evaluate', 'velocity', '--policy', 'walk', '--engine', engine, '--json'],
            ...['--episodes', '3', '--seconds', '8'],
          ),
        )
        expect(result.falls, engine).toBe(0)
        expect(result.velocityError_mps, engine).toBeLessThan(0.15)
      }
    })
  },
)

it('a shipped policy does as well in the second engine, with commands that come late', {
  timeout: 240_000,
}, async () => {
  const result = lastLine(
    await skillweave(
      ...['evaluate', 'transfer', '--robot', 'arm7', '--delay', '5', '--jitter', '3'],
      ...['--episodes', '12', '--json'],
    ),
  )
  expect(result.robot).toBe('arm7')
  expect(result.policies.reach.rapier).toBeGreaterThan(0.9)
  expect(result.policies.reach.ratio).toBeGreaterThanOrEqual(0.95)
})
