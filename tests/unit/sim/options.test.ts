import { expect, it } from 'vitest'
import { buildRobot, mixedRobot } from '../../support/robots.ts'
import { ballScene, makeSimulator } from '../../support/sims.ts'

const robot = buildRobot('arm', 'fixed', [{}])

it('says what is wrong with its options', async () => {
  const ball = ballScene().objects[0]
  const wrong: [Parameters<typeof makeSimulator>, string][] = [
    [[robot, { nEnvs: 0 }], 'nEnvs is 0; it must be a whole number above 0'],
    [[robot, { physics: { dt_s: 0 } }], 'physics.dt_s is 0; it must be above 0'],
    [[{ ...robot, kp: [1, 2] }], 'arm.kp has 2 values for 1 coordinates'],
    [[{ ...robot, feet: ['paw'] }], 'arm has no link "paw"; it has base, part1'],
    [
      [robot, { scene: { ...ballScene(), objects: [ball, ball] } }],
      'the scene has two objects named "ball"',
    ],
    [[robot, { scene: ballScene({ mass: 0 }) }], 'object "ball" has mass 0 kg'],
    [[robot, { scene: ballScene({ geoms: [] }) }], 'object "ball" is dynamic but none'],
  ]
  for (const [args, message] of wrong) await expect(makeSimulator(...args)).rejects.toThrow(message)
})

it('names the target that is not a number instead of breaking the world', async () => {
  const sim = await makeSimulator(mixedRobot(), { nEnvs: 2 })
  sim.controls[1].qTarget[3] = Number.NaN
  expect(() => sim.step(1)).toThrow('qTarget of elbow in environment 1 is NaN')
  sim.controls[1].qTarget[3] = 0
  sim.step(1)
  expect(sim.states[1].q.every(Number.isFinite)).toBe(true)
  sim.dispose()
})

it('lowers gains to what explicit integration can hold', async () => {
  const stiff = { ...robot, kp: [1e5], kd: [1e3], addedInertia: 0.02 }
  const dt_s = 1 / 200
  const limited = await makeSimulator(
    { ...stiff, gainLimit: { stiffness: 0.8, damping: 0.4 } },
    { physics: { dt_s } },
  )
  // About the joint: rod 0.0141 + 1 kg · (0.2 m)², plus what was added.
  const inertia = 0.0141 + 0.04 + 0.02
  expect(limited.inertia[0]).toBeCloseTo(inertia, 4)
  expect(limited.gains.kp[0]).toBeCloseTo((0.8 * inertia) / dt_s ** 2, 0)
  expect(limited.gains.kd[0]).toBeCloseTo((0.4 * inertia) / dt_s, 1)
  limited.dispose()
  const free = await makeSimulator(stiff, { physics: { dt_s } })
  expect([free.gains.kp[0], free.gains.kd[0]]).toEqual([1e5, 1e3])
  free.dispose()
})

it('measures inertia also where the default pose sits on a limit', async () => {
  const finger = { mass: 0.1, com: [0, 0, 0] as const }
  const sim = await makeSimulator(
    buildRobot(
      'finger',
      'fixed',
      [{ link: finger, joint: { type: 'prismatic', lower: [0], upper: [0.04] } }],
      { qDefault: [0.04] },
    ),
  )
  expect(sim.inertia[0]).toBeCloseTo(0.1, 4)
  sim.dispose()
})
