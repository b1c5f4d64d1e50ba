import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const cli = fileURLToPath(new URL('../../demos/dist/cli.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'skillweave-'))

/** 104 iterations of 512 samples: two checkpoints on the way. */
const train = (name: string, ...more: readonly string[]) =>
  execFile(
    process.execPath,
    [cli, 'train', 'reach', '--envs', '16', '--samples', '53000', '--name', name, ...more],
    { cwd: folder },
  )
const exited = (child: ReturnType<typeof train>) =>
  new Promise<number | null>((resolve) => {
    child.on('exit', resolve)
  })
const policy = (name: string) => readFileSync(join(folder, '.runs', name, 'policy.onnx'))

test('two trainings with one seed give the same bytes, and so does one that was interrupted', async () => {
  const whole = train('whole')
  const stopped = train('stopped')
  const checkpoint = join(folder, '.runs/stopped/checkpoint.bin')
  while (!existsSync(checkpoint)) await new Promise((resolve) => setTimeout(resolve, 50))
  // Somewhere between two checkpoints, as a user would.
  stopped.kill('SIGINT')
  expect(await exited(stopped)).toBe(0)
  expect(await exited(whole)).toBe(0)
  expect(policy('stopped').equals(policy('whole'))).toBe(false)
  expect(await exited(train('stopped', '--resume'))).toBe(0)
  expect(policy('stopped').equals(policy('whole'))).toBe(true)
  expect(await exited(train('again'))).toBe(0)
  expect(policy('again').equals(policy('whole'))).toBe(true)
  const iterations = readFileSync(join(folder, '.runs/stopped/metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).iteration as number)
  expect(iterations).toEqual(iterations.map((_, i) => i + iterations[0]))
}, 240_000)
