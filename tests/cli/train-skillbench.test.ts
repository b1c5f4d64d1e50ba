import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { cli, commandLine, lastLine } from '../support/command-line.ts'

const { folder, skillweave } = commandLine()
// A robot that nothing is shipped for, so that all of it has to be trained.
const robot = ['--robot', 'g1-29'] as const
const which = [...robot, '--tasks', 'far-reach', '--controllers', 'blend,flat', '--seeds', '2']
const train = ['train', 'skillbench', ...which, '--samples', '8000', '--envs', '16']
const runs = [
  'walking-g1-29',
  'reaching-g1-29',
  'far-reach-g1-29-blend',
  'far-reach-g1-29-flat',
  'far-reach-g1-29-blend-seed2',
  'far-reach-g1-29-flat-seed2',
]
const metrics = (run: string) => join(folder, '.runs', run, 'metrics.jsonl')
const linesOf = (run: string) => readFileSync(metrics(run), 'utf8').trim().split('\n')
const exited = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => {
    child.on('exit', resolve)
  })

describe('a whole comparison in one command', { timeout: 900_000 }, () => {
  test('goes on where it was interrupted, trains each run once, and each with its seed', async () => {
    const child = spawn(process.execPath, [cli, ...train], { cwd: folder })
    let said = ''
    child.stderr.on('data', (text) => {
      said += text
    })
    const end = exited(child)
    while (!existsSync(metrics(runs[0])) || readFileSync(metrics(runs[0]), 'utf8') === '') {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    child.kill('SIGINT')
    expect(await end).toBe(0)
    expect(said).toContain('stopped; the same command goes on from here')
    for (const run of runs) expect(said).toContain(run)
    expect(existsSync(metrics(runs[1]))).toBe(false)
    const before = linesOf(runs[0])

    const whole = await skillweave(...train, '--json')
    expect(whole.code, whole.err).toBe(0)
    expect(whole.err).toMatch(/walking-g1-29 +\d+ k of 8 k samples/)
    expect(lastLine(whole.out).runs.map((r: { name: string }) => r.name)).toEqual(runs)
    expect(linesOf(runs[0]).slice(0, before.length)).toEqual(before)
    const iterations = linesOf(runs[0]).map((line) => JSON.parse(line).iteration)
    expect(iterations).toEqual(iterations.map((_, i) => i + 1))
    const seeds = runs.map((run) => {
      const manifest = JSON.parse(readFileSync(join(folder, '.runs', run, 'policy.json'), 'utf8'))
      return manifest.provenance.seed
    })
    expect(seeds).toEqual([1, 1, 1, 1, 2, 2])

    const again = await skillweave(...train)
    expect(again.err.match(/ done$/gm)).toHaveLength(runs.length)
    expect(linesOf(runs[0])).toHaveLength(iterations.length)
  })

  test('is measured over its seeds, and the page says who is better in what', async () => {
    const page = ['--episodes', '4', '--page', '--docs', 'docs', '--json']
    const { code, out, err } = await skillweave('evaluate', 'skillbench', ...which, ...page)
    expect(code, err).toBe(0)
    const report = lastLine(out)
    expect(Object.keys(report.tasks['far-reach'])).toEqual(['threshold', 'blend', 'flat'])
    expect(report.comparison[0].controllers).toMatchObject([
      { controller: 'blend', runs: 2 },
      { controller: 'flat', runs: 2 },
    ])
    const text = readFileSync(join(folder, 'docs/skillbench.md'), 'utf8')
    expect(text).toContain('### far-reach on g1-29')
    expect(text).toContain('far-reach-g1-29-blend-seed2')
    expect(text).toContain('![far-reach-g1-29-flat](skillbench/curves/far-reach-g1-29-flat.svg)')
    expect(existsSync(join(folder, 'docs/skillbench/curves/far-reach-g1-29-flat.svg'))).toBe(true)
  })

  test('bad input gets a sentence', async () => {
    expect(await skillweave('train', 'far-reach', '--seeds', '2')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--seeds is for train skillbench; far-reach is one run'),
    })
    expect(await skillweave('train', 'skillbench', '--controllers', 'blend,mix')).toMatchObject({
      code: 2,
      err: expect.stringContaining('no controller "mix"; there are blend, scalar, choose, flat'),
    })
    const both = ['evaluate', 'skillbench', '--variant', 'free', '--seeds', '2']
    expect(await skillweave(...both)).toMatchObject({
      code: 2,
      err: expect.stringContaining('give one of them'),
    })
  })
})
