import { createRng } from '@skillweave/math'
import {
  contactSchedule,
  type GaitClock,
  gaitClock,
  type HeightCommand,
  heightCommand,
  lagged,
  limbDofs,
  pitchDofs,
  type SiteTargets,
  siteHome,
  siteTargetError,
  siteTargets,
  type VelocityCommand,
  velocityCommand,
} from '@skillweave/mdp'
import { robotByName } from '@skillweave/model'
import { describe, expect, it } from 'vitest'
import { bindContext } from '../../support/bind-context.ts'
import { buildRobot } from '../../support/robots.ts'

const humanoids = ['h1', 'g1', 'h1-2'] as const
const palms = ['leftPalm', 'rightPalm']

/** A robot that stands in its default pose, as the simulator would show it. */
function standing(name: (typeof humanoids)[number]) {
  const robot = robotByName(name)
  const ctx = bindContext(robot, { rng: createRng(5) })
  ctx.simulator.reset(0, {
    basePos_w: [0, 0, robot.standingHeight],
    baseQuat_w: robot.standingQuat,
    q: robot.qDefault,
  })
  return { robot, ctx, s: ctx.states[0] }
}

describe.each(humanoids)('%s', (name) => {
  it('has two legs and two arms that differ, and three pitch joints a leg', () => {
    const robot = robotByName(name)
    const { legs, arms, waist } = limbDofs(robot)
    expect(new Set([...legs, ...arms, ...waist]).size).toBe(robot.model.dofNames.length)
    expect(arms).toHaveLength(8)
    expect(waist).toHaveLength(1)
    const names = pitchDofs(robot, 'leftFoot').map((d) => robot.model.dofNames[d])
    expect(names.map((n) => /hip|knee|ankle/.exec(n)?.[0])).toEqual(['hip', 'knee', 'ankle'])
  })

  it('is asked to reach only where its palms can be', () => {
    const { robot, ctx, s } = standing(name)
    const draw = { from: 'workspace', homeShare: 0.3, homeRadius: 0.25 } as const
    const command = siteTargets({ sites: palms, draw, every_s: 1 }).bind(ctx) as SiteTargets
    const home = siteHome(robot, palms)
    let spread = 0
    for (let i = 0; i < 200; i++) {
      command.reset(s)
      const o = command.at(s)
      for (let k = 0; k < 6; k++) {
        expect(Number.isFinite(command.all[o + k])).toBe(true)
        spread = Math.max(spread, Math.abs(command.all[o + k] - home[k]))
      }
      expect(command.all[o + 2]).toBeLessThan(2 * robot.standingHeight)
    }
    // Far beyond the sphere of the paper.
    expect(spread).toBeGreaterThan(0.35 * robot.standingHeight)
  })
})

describe('site targets', () => {
  it('are fixed in the world and seen in the heading frame', () => {
    const { ctx, s } = standing('h1')
    const term = siteTargets({ sites: palms, draw: { from: 'step', radius: 0 }, every_s: 1 })
    const command = term.bind(ctx) as SiteTargets
    s.headingCos = 0
    s.headingSin = 1
    command.set(s, [1, 2, 3, 1, 2, 3])
    const seen = siteTargetError({ command: 'goal' }).bind({
      ...ctx,
      command: () => command as never,
    })
    const out = new Float32Array(6)
    seen.write(s, out, 0)
    const hand = siteHome(ctx.robot, palms)
    // Facing +y: forward is y, left is −x.
    expect(out[0]).toBeCloseTo(2 - s.linkPos_w[1] - hand[1], 5)
    expect(out[1]).toBeCloseTo(-(1 - hand[0]), 5)
    expect(out[2]).toBeCloseTo(3 - hand[2], 5)
  })

  it('hold for their time, then change, unless they are held', () => {
    const { ctx, s } = standing('h1')
    const draw = { from: 'workspace', homeShare: 0, homeRadius: 0 } as const
    const command = siteTargets({ sites: palms, draw, every_s: 0.1 }).bind(ctx) as SiteTargets
    const first = Array.from(command.all.subarray(command.at(s), 6))
    command.step(s)
    expect(Array.from(command.all.subarray(command.at(s), 6))).toEqual(first)
    for (let i = 0; i < 3; i++) command.step(s)
    expect(Array.from(command.all.subarray(command.at(s), 6))).not.toEqual(first)
    command.held = true
    const last = Array.from(command.all)
    for (let i = 0; i < 10; i++) command.step(s)
    command.at(s)
    expect(Array.from(command.all)).toEqual(last)
  })
})

it('a height command is met in the default pose at the standing height', () => {
  const { robot, ctx, s } = standing('g1')
  const command = heightCommand({ range: [1, 1], every_s: 1 }).bind(ctx) as HeightCommand
  expect(robot.name).toBe('g1')
  expect(command.error(s)).toBeCloseTo(0, 2)
})

it('velocity commands stay in their ranges, and some ask to stand', () => {
  const { ctx, s } = standing('h1')
  const command = velocityCommand({
    forward: [0.2, 1],
    left: [-0.1, 0.1],
    yawRate: [-0.5, 0.5],
    standing: 0.2,
    every_s: 4,
  }).bind(ctx) as VelocityCommand
  let standingCount = 0
  for (let i = 0; i < 500; i++) {
    command.reset(s)
    const o = command.at(s)
    if (command.all[o] === 0) standingCount++
    else expect(command.all[o]).toBeGreaterThanOrEqual(0.2)
    expect(Math.abs(command.all[o + 1])).toBeLessThanOrEqual(0.1)
  }
  expect(standingCount / 500).toBeCloseTo(0.2, 1)
})

it('the contact schedule wants the left foot up in the first half of a period', () => {
  const { robot, ctx, s } = standing('h1')
  const clock = gaitClock({ period_s: 0.72 }).bind(ctx) as GaitClock
  const reward = contactSchedule({ command: 'clock' }).bind({
    ...ctx,
    command: () => clock as never,
  })
  clock.sin[0] = 1
  expect(robot.feet[0]).toContain('left')
  s.footContact.set([0, 1])
  expect(reward(s)).toBe(1)
  s.footContact.set([1, 1])
  expect(reward(s)).toBe(0.5)
  clock.sin[0] = 0
  expect(reward(s)).toBe(1)
})

it('a lagged action lies between what is asked and what was asked before', () => {
  const ctx = bindContext(buildRobot('arm', 'fixed', [{}]), { actionSize: 1 })
  const given: number[] = []
  const action = lagged(
    { delayMax: 1, noise: 0 },
    {
      name: 'probe',
      params: {},
      bind: () => ({
        size: 1,
        apply: (_s, a) => {
          given.push(a[0])
        },
      }),
    },
  ).bind(ctx)
  const [s] = ctx.states
  const controls = ctx.simulator.controls[0]
  action.apply(s, Float32Array.of(1), controls)
  s.step = 1
  for (let i = 0; i < 50; i++) action.apply(s, Float32Array.of(i % 2 === 0 ? 2 : 1), controls)
  expect(given[0]).toBe(1)
  expect(Math.min(...given)).toBeGreaterThanOrEqual(1)
  expect(Math.max(...given)).toBeLessThanOrEqual(2)
  expect(new Set(given).size).toBeGreaterThan(20)
})
