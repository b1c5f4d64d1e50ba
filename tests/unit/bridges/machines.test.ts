import {
  createRosMachine,
  createUnitreeMachine,
  lowCommandText,
  readLowState,
} from '@skillweave/bridges/machines'
import { testProfile } from '@skillweave/demos/faults'
import { robots } from '@skillweave/model'
import { createMotorCommand, profileOf } from '@skillweave/robot-end'
import { describe, expect, it } from 'vitest'

/** A state of LeRobot's bridge whose numbers say which motor they belong to. */
const bridgeState = (more: Record<string, unknown> = {}) => ({
  topic: 'rt/lowstate',
  data: {
    motor_state: Array.from({ length: 35 }, (_, i) => ({
      q: 0.01 * i,
      dq: 0.1 * i,
      tau_est: i,
      temperature: 31,
    })),
    imu_state: {
      quaternion: [0.5, 0.1, 0.2, 0.3],
      gyroscope: [1, 2, 3],
      accelerometer: [0, 0, 9.8],
      rpy: [0, 0, 0],
      temperature: 40,
    },
    wireless_remote: Buffer.alloc(40).toString('base64'),
    mode_machine: 5,
    ...more,
  },
})

const g1 = robots['g1-29']
const profile = profileOf(g1, {
  gains: g1,
  startPose: g1.qDefault,
  tickDt_s: 0.002,
  real: true,
})

describe('the JSON of LeRobot’s G1 bridge', () => {
  it('is read by motor slot, with the quaternion turned around', () => {
    const result = readLowState(JSON.stringify(bridgeState()))
    expect(result).toMatchObject({
      ok: true,
      value: {
        imuQuat_wb: [0.1, 0.2, 0.3, 0.5],
        modeMachine: 5,
        modePr: null,
        isStopPressed: false,
      },
    })
    if (result.ok) expect(result.value.dq[28]).toBeCloseTo(2.8)
  })

  it.each([
    ['half a text', '{"topic":', 'notJson'],
    ['a NaN of Python', JSON.stringify(bridgeState()).replace('0.01', 'NaN'), 'notJson'],
    ['an infinity', JSON.stringify(bridgeState()).replace('0.01', '1e999'), 'nonFinite'],
    ['28 motors', JSON.stringify(bridgeState({ motor_state: [] })), 'shape'],
    ['nothing', 'null', 'shape'],
    ['no machine mode', JSON.stringify(bridgeState({ mode_machine: 'x' })), 'shape'],
  ])('%s is refused', (_what, text, reason) => {
    expect(readLowState(text)).toEqual({ ok: false, reason })
  })

  it('a command names every slot, and dq is called dq', () => {
    const command = createMotorCommand(2)
    command.qTarget.set([0.1, 0.2])
    command.dqTarget.set([1, 2])
    command.kp.set([10, 20])
    const motors = [1, 0, ...Array.from({ length: 33 }, () => -1)]
    const text = lowCommandText(command, { motors, modeMachine: 5, seq: 9, validFor_ms: 80 })
    const { topic, data } = JSON.parse(text as string)
    expect(topic).toBe('rt/lowcmd')
    expect(data).toMatchObject({ mode_pr: 0, mode_machine: 5, seq: 9, valid_for_ms: 80 })
    expect(data.motor_cmd).toHaveLength(35)
    expect(data.motor_cmd[0]).toEqual({ mode: 1, q: 0.2, dq: 2, tau: 0, kp: 20, kd: 0 })
    expect(data.motor_cmd[2]).toEqual({ mode: 0, q: 0, dq: 0, tau: 0, kp: 0, kd: 0 })
  })
})

describe('a Unitree robot behind the bridge', () => {
  it('measures joints by name, listens for a second, and does not take an old message for a new one', () => {
    const sent: string[] = []
    const motors = g1.model.dofNames
    const port = createUnitreeMachine({ profile, motors, send: (t) => sent.push(t) })
    expect(port.measured).toBeNull()
    const text = (n: number) => JSON.stringify(bridgeState({ mode_machine: 5, tick: n }))
    port.receive(text(1), 10)
    expect(port.measured?.q[28]).toBeCloseTo(0.28)
    port.receive(text(1), 10.01)
    expect(port.measured?.stamp_s).toBe(10)
    expect(port.refused.repeated).toBe(1)
    const command = createMotorCommand(profile.joints.length)
    port.write(command, 'damping', 10.5)
    expect(sent).toEqual([])
    port.write(command, 'damping', 11)
    expect(sent).toHaveLength(1)
  })

  it('stops when a person presses select on its own remote control', () => {
    const port = createUnitreeMachine({ profile, motors: g1.model.dofNames, send: () => {} })
    const remote = Buffer.alloc(40)
    remote[2] = 8
    port.receive(JSON.stringify(bridgeState({ wireless_remote: remote.toString('base64') })), 1)
    expect(port.fault).toBe('local')
  })

  it('tells pre-flight of a hot motor, of one with an error, and of a mode that is not ours', () => {
    const port = createUnitreeMachine({ profile, motors: g1.model.dofNames, send: () => {} })
    expect(port.problems()).toEqual(['nothing has come from the robot yet'])
    port.receive(JSON.stringify(bridgeState()), 1)
    expect(port.problems()).toEqual([])
    const motor_state = bridgeState().data.motor_state.map((m: object, i: number) => ({
      ...m,
      ...(i === 3 ? { temperature: [40, 91] } : {}),
      ...(i === 4 ? { motorstate: 2 } : {}),
    }))
    port.receive(JSON.stringify(bridgeState({ motor_state, mode_pr: 1 })), 2)
    const [mode, heat, error] = port.problems()
    expect(mode).toContain('ankles')
    expect(heat).toContain(`${g1.model.dofNames[3]} has 91 °C, expected at most 70`)
    expect(error).toContain(`${g1.model.dofNames[4]} reports error 2`)
  })

  it('a list of motors that does not fit the profile is refused with the names', () => {
    const motors = ['left_wing', ...g1.model.dofNames.slice(1)]
    expect(() => createUnitreeMachine({ profile, motors, send: () => {} })).toThrow(
      `motors of no joint: left_wing; joints without a motor: ${g1.model.dofNames[0]}`,
    )
  })
})

describe('a ROS robot behind rosbridge', () => {
  const joints = testProfile.joints
  const open = () => {
    const sent: { op: string; topic?: string; msg?: unknown }[] = []
    const port = createRosMachine({
      profile: testProfile,
      controller: '/arm_controller',
      send: (text) => sent.push(JSON.parse(text)),
    })
    const states = (msg: object) => JSON.stringify({ op: 'publish', topic: '/joint_states', msg })
    const state = (sec: number) =>
      states({
        header: { stamp: { sec, nanosec: 0 } },
        // Another order, and a joint we do not know.
        name: ['gripper', ...[...joints].reverse()],
        position: [9, 3, 2, 1],
        velocity: [9, 0.3, 0.2, 0.1],
        effort: [],
      })
    const answer = (values: unknown, result = true) =>
      JSON.stringify({ op: 'service_response', id: 'skillweave cmd_timeout', values, result })
    return { port, sent, state, states, answer }
  }

  it('reads joints by name and takes a stamp that stands still for an old message', () => {
    const { port, state } = open()
    port.receive(state(1), 5)
    expect(port.measured).toMatchObject({ stamp_s: 5, q: [1, 2, 3], dq: [0.1, 0.2, 0.3] })
    port.receive(state(1), 6)
    expect(port.measured?.stamp_s).toBe(5)
    port.receive(state(2), 7)
    expect(port.measured?.stamp_s).toBe(7)
  })

  it('messages without a joint, a velocity or a number are counted and not believed', () => {
    const { port, states } = open()
    port.receive(states({ name: ['hip'], position: [0], velocity: [0] }), 1)
    port.receive(states({ name: joints, position: [0, 0, 0] }), 1)
    port.receive(states({ name: joints, position: [0, null, 0], velocity: [0, 0, 0] }), 1)
    port.receive('{', 1)
    expect(port.measured).toBeNull()
    expect(port.refused).toEqual({ jointMissing: 1, shape: 1, nonFinite: 1, notJson: 1 })
  })

  it('sends one point at a time while stiff, and where the joints are once it is not', () => {
    const { port, sent, state } = open()
    port.receive(state(1), 0)
    const stiff = createMotorCommand(3)
    stiff.qTarget.set([0.1, 0.2, 0.3])
    stiff.kp.fill(10)
    for (let tick = 0; tick <= 50; tick++) port.write(stiff, 'active', 0.002 * tick)
    // 0.1 s at 50 Hz.
    expect(sent).toHaveLength(6)
    expect(sent[0]).toMatchObject({
      op: 'publish',
      topic: '/arm_controller/joint_trajectory',
      msg: { joint_names: joints, points: [{ positions: [0.1, 0.2, 0.3], velocities: [0, 0, 0] }] },
    })
    const limp = createMotorCommand(3)
    for (let tick = 0; tick < 50; tick++) port.write(limp, 'damping', 0.2 + 0.002 * tick)
    expect(sent).toHaveLength(7)
    expect(sent[6]).toMatchObject({ msg: { points: [{ positions: [1, 2, 3] }] } })
  })

  it('a controller that would follow the last target for ever is a problem', () => {
    const { port, answer } = open()
    expect(port.problems()[0]).toContain('not known yet')
    port.receive(answer({ value: '0.0' }), 1)
    expect(port.problems()[0]).toContain('is off, expected at most 0.2 s')
    port.receive(answer({ value: '0.5' }), 1)
    expect(port.problems()[0]).toContain('is 0.5 s')
    port.receive(answer({ value: '0.2' }), 1)
    expect(port.problems()).toEqual([])
    port.receive(answer('no such parameter', false), 1)
    expect(port.problems()[0]).toContain('is off')
  })
})
