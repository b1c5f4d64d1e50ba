import { expertNetwork, type SkillNetwork } from '@skillweave/skills'
import { describe, expect, it } from 'vitest'

/** Adds `offset` to the first column. Counts its rows. */
function expert(offset: number, waits: boolean): SkillNetwork & { rows: number } {
  const self = {
    rows: 0,
    inputSize: 3,
    outputSize: 1,
    run: (input: Float32Array, output: Float32Array, n: number) => {
      const work = () => {
        self.rows += n
        for (let i = 0; i < n; i++) output[i] = input[3 * i] + offset
      }
      if (waits) return Promise.resolve().then(work)
      work()
    },
  }
  return self
}

describe('expertNetwork', () => {
  for (const waits of [false, true]) {
    it(`runs each row by the expert of its label, ${waits ? 'asynchronously' : 'at once'}`, async () => {
      const experts = [expert(10, waits), expert(20, waits)]
      const network = expertNetwork(experts)
      const input = Float32Array.of(1, 0, 1, 2, 1, 0, 3, 0, 1)
      const output = new Float32Array(3)
      const running = network.run(input, output, 3)
      expect(running instanceof Promise).toBe(waits)
      await running
      expect([...output]).toEqual([21, 12, 23])
      expect(experts.map((e) => e.rows)).toEqual([1, 2])
    })
  }

  it('runs nobody who is not asked', () => {
    const experts = [expert(10, false), expert(20, false)]
    expertNetwork(experts).run(Float32Array.of(1, 1, 0), new Float32Array(1), 1)
    expect(experts.map((e) => e.rows)).toEqual([1, 0])
  })

  it('refuses experts of different sizes', () => {
    const odd = { ...expert(0, false), outputSize: 2 }
    expect(() => expertNetwork([expert(10, false), odd])).toThrow(
      'experts map 3 to 1, 3 to 2; expected the same of each',
    )
  })
})
