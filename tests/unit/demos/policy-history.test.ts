import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPolicyHistory } from '@skillweave/demos/policy-history'
import { expect, it } from 'vitest'

const folder = (): string => mkdtempSync(join(tmpdir(), 'skillweave-'))
const bytes = (i: number): Uint8Array => Uint8Array.of(i % 256, i >> 8)

it('gives policies back as they were, also to a run that goes on; a new run forgets them', () => {
  const path = folder()
  const history = openPolicyHistory(path, false)
  for (let i = 1; i <= 6; i++) if (history.isDue(i)) history.keep(i, bytes(i))
  expect(history.iterations).toEqual([2, 4, 6])
  expect([...history.read(4)]).toEqual([4, 0])
  expect(() => history.read(5)).toThrow('nothing is kept of iteration 5; there are 2, 4, 6')
  const resumed = openPolicyHistory(path, true)
  expect(resumed.iterations).toEqual([2, 4, 6])
  expect([7, 8].map((i) => resumed.isDue(i))).toEqual([false, true])
  expect(openPolicyHistory(path, false).iterations).toEqual([])
})

it('of a long run keeps fewer, evenly, from the beginning to the end', () => {
  const path = folder()
  const history = openPolicyHistory(path, false)
  for (let i = 1; i <= 1000; i++) if (history.isDue(i)) history.keep(i, bytes(i))
  const { iterations } = history
  expect(iterations.length).toBeLessThanOrEqual(64)
  expect(iterations.length).toBeGreaterThan(24)
  const gaps = new Set(iterations.slice(1).map((x, i) => x - iterations[i]))
  expect(gaps.size).toBe(1)
  expect(iterations[0]).toBeLessThan(40)
  expect(iterations.at(-1)).toBeGreaterThan(960)
  expect(readdirSync(join(path, 'history'))).toHaveLength(iterations.length)
  for (const i of iterations) expect([...history.read(i)]).toEqual([...bytes(i)])
})
