import { expect, it, vi } from 'vitest'
import { buildRobot } from '../../support/robots.ts'
import { makeSimulator } from '../../support/sims.ts'

/** The host's; Node's types leave it to the browser's. */
declare const WebAssembly: { instantiate: unknown }

it('works through the API, with one warning, where the engine’s memory cannot be had', async () => {
  // A host that does not let anybody watch modules being instantiated.
  const original = WebAssembly.instantiate
  Object.defineProperty(WebAssembly, 'instantiate', {
    configurable: true,
    get: () => original,
    set: () => {},
  })
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const robot = buildRobot('arm', 'fixed', [{}], { addedInertia: 0.02 })
  const [a, b] = [await makeSimulator(robot), await makeSimulator(robot)]
  expect(a.bodyAccess).toBe('api')
  expect(warn).toHaveBeenCalledTimes(1)
  a.controls[0].qTarget[0] = 0.5
  a.step(200)
  expect(a.states[0].q[0]).toBeCloseTo(0.5, 1)
  a.dispose()
  b.dispose()
})
