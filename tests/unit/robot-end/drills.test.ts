import { testProfile } from '@skillweave/demos/faults'
import { describe, expect, it } from 'vitest'
import { createBench } from '../../support/robot-ends.ts'

/** A robot that wants everything tried before it moves; the bench answers every 20 ms with commands 2 ms old. */
const careful = () => createBench({ ...testProfile, drills: true })

type Bench = ReturnType<typeof careful>

const failuresOf = ({ end, now_s }: Bench) => end.runPreflight('a', now_s).join('\n')

function tryStops(bench: Bench): void {
  const { end } = bench
  for (const by of ['operator', 'local'] as const) {
    end.stop({ category: 1 }, by, bench.now_s)
    bench.silent(0.02)
    end.resetStop(bench.now_s)
  }
}

function trySilence(bench: Bench): void {
  bench.lease()
  bench.commanded(0.1)
  bench.silent(1.2)
}

describe('pre-flight of a robot with drills', () => {
  it('says all that has not been tried, and nothing once it has been', () => {
    const bench = careful()
    bench.lease()
    bench.silent(0.02)
    const failures = failuresOf(bench)
    for (const words of [
      'stop by an operator',
      'stop at the robot',
      'falls silent',
      '0 commands',
    ]) {
      expect(failures).toContain(words)
    }
    tryStops(bench)
    trySilence(bench)
    bench.lease()
    bench.commanded(1)
    expect(failuresOf(bench)).toMatch(/^50 commands came in the last 2 s, expected 95 or more/)
    bench.commanded(1.1)
    expect(failuresOf(bench)).toBe('')
    expect(bench.end.state).toBe('armed')
  })

  it('is valid for ten minutes', () => {
    const bench = careful()
    tryStops(bench)
    trySilence(bench)
    bench.lease()
    bench.commanded(2.1)
    expect(failuresOf(bench)).toBe('')
    bench.commanded(601)
    const failures = failuresOf(bench)
    expect(failures).toContain('stop by an operator')
    expect(failures).toContain('10 minutes')
  })

  it('notices a slow link and commands beyond what the robot has, by their joint', () => {
    const slow = careful()
    slow.lease()
    slow.commanded(2.1, { age_s: 0.05 })
    expect(failuresOf(slow)).toContain('answer states that are 5')
    const far = careful()
    far.lease()
    far.commanded(2.1, { qTarget: testProfile.upper.map((x) => x + 0.5) })
    expect(failuresOf(far)).toContain(`more than ${testProfile.joints[0]} has: target`)
  })

  it('notices a motor loop that stood still', () => {
    const bench = careful()
    bench.lease()
    bench.commanded(2.1)
    bench.pause(0.05)
    bench.commanded(1)
    expect(failuresOf(bench)).toContain('the motor loop stood still')
  })

  it('is not asked of other robots', () => {
    const bench = createBench()
    bench.lease()
    expect(failuresOf(bench)).toBe('')
  })
})
