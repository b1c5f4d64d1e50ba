import { createHoldToRun } from '@skillweave/bridges/rosbridge'
import { expect, it } from 'vitest'

it('a first wish moves nothing, a stream does, and a silence ends it once', () => {
  const hold = createHoldToRun()
  expect(hold.arrive(1)).toBe(false)
  expect(hold.arrive(1.1)).toBe(true)
  expect(hold.hasEnded(1.2)).toBe(false)
  expect(hold.hasEnded(1.36)).toBe(true)
  expect(hold.hasEnded(1.4)).toBe(false)
  expect(hold.arrive(1.5)).toBe(false)
})

it('messages that come together are one arrival', () => {
  const hold = createHoldToRun()
  hold.arrive(0)
  for (const now_s of [0.1, 0.101, 0.102]) expect(hold.arrive(now_s)).toBe(true)
  expect(hold.hasEnded(0.352)).toBe(true)
})
