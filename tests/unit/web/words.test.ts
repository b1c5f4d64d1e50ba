import { createActions } from '@skillweave/demos/web/actions'
import { csvOf } from '@skillweave/demos/web/csv'
import { readOrder } from '@skillweave/demos/web/embed'
import { createHistory } from '@skillweave/demos/web/history'
import { bindJointLoads } from '@skillweave/demos/web/joint-loads'
import { headingOf } from '@skillweave/demos/web/kicks'
import { slowWords, spokenSummary } from '@skillweave/demos/web/sentences'
import { quatFromYaw } from '@skillweave/math'
import { robots } from '@skillweave/model'
import { describeRobot } from '@skillweave/protocol'
import { describe, expect, it } from 'vitest'

describe('a summary for ears', () => {
  it('says what is known, and nothing else', () => {
    const nothing = { speed: null, feet: null, margin_m: null, goal: null }
    expect(spokenSummary({ sentence: 'H1: walk 0.90.', ...nothing })).toBe('H1: walk 0.90.')
    expect(
      spokenSummary({
        sentence: 'H1: walk 0.90.',
        speed: 0.84,
        feet: { down: 1, of: 2 },
        margin_m: -0.03,
        goal: { name: 'hoop', distance_m: 3.21 },
      }),
    ).toBe(
      'H1: walk 0.90. 0.8 metres per second, 1 of 2 feet on the ground, balance 3 cm outside its support, 3.2 metres from the hoop.',
    )
  })
})

it('a run that is too slow says how slow it is', () => {
  expect(slowWords({ asked: 1, reached: 0.62, robots: 4 })).toBe(
    'Runs at 0.62x: this computer cannot keep up with 4 robots.',
  )
  expect(slowWords({ asked: 2, reached: 1, robots: 1 })).toContain('1.00x of 2x')
})

describe('an order of the page around', () => {
  it.each([
    [{ skillweave: 'play' }, { skillweave: 'play' }],
    [
      { skillweave: 'seek', time_s: 3, more: 1 },
      { skillweave: 'seek', time_s: 3 },
    ],
    [
      { skillweave: 'weights', weights: { walk: 0.5 } },
      { skillweave: 'weights', weights: { walk: 0.5 } },
    ],
    [{ skillweave: 'seek', time_s: 'now' }, null],
    [{ skillweave: 'camera', pose: [1, 2, 3, 4, 5, Number.NaN] }, null],
    [{ skillweave: 'weights', weights: { walk: '1' } }, null],
    [{ skillweave: 'reset' }, null],
    ['play', null],
  ])('%o is read as %o', (data, order) => {
    expect(readOrder(data)).toEqual(order)
  })
})

it('where a robot faces follows from its base', () => {
  for (const yaw of [0, 1, -2.5]) {
    expect(headingOf(quatFromYaw(yaw), [1, 0, 0])).toBeCloseTo(yaw, 12)
    expect(headingOf(quatFromYaw(yaw - Math.PI / 2), [0, 1, 0])).toBeCloseTo(yaw, 12)
  }
})

it('joints are hot by their error, or by the torque they may use', () => {
  const robot = describeRobot({ id: 'arm', robot: robots.arm7 })
  const [first] = robot.dofNames
  const names = ['q', 'qTarget', 'tau'].flatMap((g) => robot.dofNames.map((d) => `${g}.${d}`))
  expect(bindJointLoads(robot, names.slice(0, -1)).names).toEqual(['tracking'])
  const loads = bindJointLoads(robot, names)
  expect(loads.names).toEqual(['tracking', 'torque'])
  const effort = robot.joints[0].effort[0] ?? Number.NaN
  const signals = createHistory(4)
  signals.reset(names.length)
  const sample = names.map(() => 0)
  sample[names.indexOf(`qTarget.${first}`)] = Math.PI / 24
  sample[names.indexOf(`tau.${first}`)] = -effort
  signals.push(0, sample)
  const out = new Float32Array(robot.dofNames.length)
  loads.read('tracking', signals, 0, out)
  expect([out[0], out[1]]).toEqual([0.5, 0])
  loads.read('torque', signals, 0, out)
  expect([out[0], out[1]]).toEqual([1, 0])
})

it('a table has names, numbers, and nothing where there is none', () => {
  expect(csvOf(['time_s', 'norm(x, y)', 'a"b'], [[0.02, 1.5, Number.NaN]])).toBe(
    'time_s,"norm(x, y)","a""b"\r\n0.02,1.5,\r\n',
  )
})

it('no two actions have the same key', () => {
  const keys = createActions(new Proxy({}, { get: () => () => {} }) as never).flatMap((a) => a.keys)
  expect(keys.every((k) => k !== '')).toBe(true)
  expect(new Set(keys).size).toBe(keys.length)
})
