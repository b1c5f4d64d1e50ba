import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type BenchEntry,
  compareControllers,
  pageOf,
  publishedSamples,
  readRecords,
  storeEntries,
  twoCoreMinutes,
  verdict,
} from '@skillweave/demos/skillbench'
import { describe, expect, it } from 'vitest'

type Paper = Extract<BenchEntry, { protocol: 'paper' }>
type Practical = Extract<BenchEntry, { protocol: 'practical' }>

const policy = (name: string, change: Partial<BenchEntry['policy']> = {}) => ({
  name,
  samples: 4_000_000,
  minutes: 30,
  workers: 1,
  seed: 1,
  command: `pnpm train ${name}`,
  hash: 'abc',
  ...change,
})

function paper(
  task: Paper['task'],
  controller: Paper['controller'],
  error: number | null,
  change: Partial<Paper> = {},
): Paper {
  const name = [task, 'h1', controller, change.variant].filter(Boolean).join('-')
  return {
    protocol: 'paper',
    task,
    controller,
    command: `pnpm evaluate skillbench --tasks ${task}`,
    seed: 1000,
    episodes: 20,
    policy: policy(name),
    result: { error, std: error && 0.01, tilt: 0.04, height: 0.95, torque: 13, power: 20 },
    ...change,
  }
}

const practical = (task: Practical['task'], success: number): Practical => ({
  protocol: 'practical',
  task,
  controller: 'blend',
  command: 'x',
  seed: 1000,
  episodes: 256,
  policy: policy(`${task}-h1-blend`),
  result: { success, low: 0.8, high: 0.99, fallRate: 0, timeToSuccess_s: 2, energy_J: 300 },
})

const primitive: BenchEntry = {
  protocol: 'primitives',
  task: 'walking',
  command: 'pnpm evaluate primitives --robot h1 --skill walking --episodes 256 --seed 1000',
  seed: 1000,
  episodes: 256,
  policy: policy('walking-h1', { workers: 2 }),
  result: { velocityError_mps: 0.07, fallRate: 0, episodes: 256 },
}

describe('records', () => {
  it('accumulate: a task measured again replaces itself and nothing else', () => {
    const docs = mkdtempSync(join(tmpdir(), 'docs-'))
    storeEntries(docs, 'h1', [paper('far-reach', 'blend', 0.5), paper('box-push', 'blend', 0.2)])
    storeEntries(docs, 'g1', [paper('far-reach', 'blend', 0.6)])
    storeEntries(docs, 'h1', [practical('far-reach', 0.9), primitive])
    storeEntries(docs, 'h1', [paper('far-reach', 'blend', 0.03)])
    const [g1, h1] = readRecords(docs)
    expect(g1.entries).toHaveLength(1)
    expect(h1.entries.map((e) => [e.protocol, e.task])).toEqual([
      ['primitives', 'walking'],
      ['paper', 'far-reach'],
      ['paper', 'box-push'],
      ['practical', 'far-reach'],
    ])
    expect(h1.entries[1]).toMatchObject({ result: { error: 0.03 } })
  })

  it('count half the core-minutes', () => {
    expect(twoCoreMinutes(policy('a'))).toBe(15)
    expect(twoCoreMinutes(policy('a', { workers: 2 }))).toBe(30)
  })

  it('know how many samples the paper took', () => {
    expect(publishedSamples('h1', 'walking')).toBe(15_001 * 245_760)
    expect(publishedSamples('h1', 'box-transfer')).toBe(100_001 * 245_760)
    expect(publishedSamples('ballplayer', 'walking')).toBeUndefined()
  })
})

describe('the page', () => {
  const entries = [
    primitive,
    paper('far-reach', 'blend', 0.02),
    paper('far-reach', 'flat', null),
    paper('box-push', 'blend', 0.2, { variant: 'without-walking' }),
    practical('far-reach', 0.93),
  ]
  const page = pageOf([{ robot: 'h1', entries }], (name) => name === 'walking-h1')

  it('has both protocols beside the paper, and says where the error is below the threshold', () => {
    expect(page).toContain('| far-reach | 0.05 | paper | 0.021 | yes |')
    expect(page).toContain('| far-reach | 0.05 | blend | 0.020 ± 0.010 | yes |')
    expect(page).toContain('| far-reach | 0.05 | flat | fell always | no |')
    expect(page).toContain('| far-reach | blend | 93.0 % | 80.0 %–99.0 % | 0.0 % | 2.0 | 300 |')
    expect(page).toMatch(/`blend`, 1 tasks measured: below the threshold on 1 \(the paper on 1/)
  })

  it('has what training took, with curves, totals and the ratio to the paper’s samples', () => {
    expect(page).toContain('| walking-h1 | 4.00 M | 30.0 | 1 : 922 | [curve](skillbench/curves/')
    expect(page).toMatch(/1 of 4 primitives and `blend` for 1 of 8 tasks: 8.00 M samples, 45 min/)
    expect(page).toContain('![walking-h1](skillbench/curves/walking-h1.svg)')
    expect(page).toContain('| box-push | blend | without-walking | error 0.200 ± 0.010 |')
  })

  it('has the commands and seeds that made it', () => {
    expect(page).toContain(
      'pnpm evaluate skillbench --robot h1 --protocol paper --tasks far-reach --controllers blend,flat --seed 1000',
    )
    expect(page).toContain('--variant without-walking')
  })

  it('marks a policy that was trained anew between its measurements', () => {
    const again = {
      ...practical('far-reach', 0.9),
      policy: policy('far-reach-h1-blend', { hash: 'new' }),
    }
    const mixed = pageOf([{ robot: 'h1', entries: [paper('far-reach', 'blend', 0.02), again] }])
    expect(mixed).toContain('far-reach-h1-blend ¹')
    expect(mixed).toContain('numbers are of two policies')
  })
})

describe('controllers compared over seeds', () => {
  const runs = (controller: Paper['controller'], errors: readonly number[]) =>
    errors.map((error, i) =>
      paper('box-push', controller, error, i === 0 ? {} : { variant: `seed${i + 1}` }),
    )

  it('says mean and spread, and who is better in what', () => {
    const entries = [...runs('blend', [0.1, 0.2, 0.3]), ...runs('choose', [0.5, 0.6, 0.7])]
    const [comparison] = compareControllers(entries)
    expect(comparison.controllers[0]).toMatchObject({ controller: 'blend', runs: 3 })
    expect(comparison.controllers[0].error?.mean).toBeCloseTo(0.2, 9)
    expect(comparison.controllers[0].error?.spread).toBeCloseTo(0.1, 9)
    expect(verdict(comparison)).toMatch(
      /`blend` has less error, but not less tilt .* than `choose`/,
    )
    const page = pageOf([{ robot: 'h1', entries }])
    expect(page).toContain('### box-push on h1')
    expect(page).toContain('| blend | 3 | 4.00 M | 0.200 ± 0.100 |')
  })

  it('needs two controllers with two runs each, and leaves ablations out', () => {
    expect(compareControllers(runs('blend', [0.1, 0.2]))).toEqual([])
    const single = [...runs('blend', [0.1, 0.2]), ...runs('flat', [0.1])]
    expect(compareControllers(single)).toEqual([])
    const ablation = paper('box-push', 'flat', 0.3, { variant: 'free' })
    expect(compareControllers([...single, ablation])).toEqual([])
  })

  it('says when the samples are not equal', () => {
    const fewer = runs('flat', [0.1, 0.2]).map((e) => ({
      ...e,
      policy: { ...e.policy, samples: 1_000_000 },
    }))
    const page = pageOf([{ robot: 'h1', entries: [...runs('blend', [0.1, 0.2]), ...fewer] }])
    expect(page).toContain('The samples are not equal.')
  })
})
