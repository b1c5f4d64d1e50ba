import { fuzz, hazards, keptSeeds, runSchedule } from '@skillweave/demos/faults'
import { describe, expect, it } from 'vitest'

describe('a hazard is prevented', () => {
  it.each(hazards.map((h) => [h.row, h.name, h.run] as const))(
    'row %i: %s',
    async (_row, _name, run) => {
      await run(0.1)
    },
  )
})

it('random lives of a robot with faults break nothing at its joints, and it can be used again', () => {
  const failures = Array.from({ length: 40 }, (_, i) => runSchedule(i + 1)).flatMap((r) =>
    r.violations.map((v) => `schedule ${r.seed}: ${v}`),
  )
  expect(failures).toEqual([])
})

it.each(keptSeeds)('broken frames of seed %i neither throw nor reach a joint', (seed) => {
  const { failures, refused } = fuzz(seed, 10_000)
  expect(failures).toEqual([])
  for (const count of Object.values(refused)) expect(count).toBeGreaterThan(100)
})
