import { createRosMachine } from '@skillweave/bridges/machines'
import {
  createMachineRobot,
  createTerminalPendant,
  createWireController,
} from '@skillweave/demos/robot'
import { robots } from '@skillweave/model'
import { createDecoder, createFrame } from '@skillweave/protocol'
import { profileOf } from '@skillweave/robot-end'
import { describe, expect, it } from 'vitest'
import { createRosbridgeDouble } from '../../support/rosbridge-double.ts'

const robot = robots.arm7
const tickDt_s = 0.002

/** A ROS arm, played by a double, behind its robot end, in virtual time; a controller holds its start pose. */
function open({ cmdTimeout = '0.2', real = false } = {}) {
  const double = createRosbridgeDouble({ joints: robot.model.dofNames, cmdTimeout })
  const profile = {
    ...profileOf(robot, { gains: robot, startPose: robot.qDefault, tickDt_s, real }),
    frozenAfter_ms: 50,
  }
  let ticks = 0
  const now_s = (): number => ticks * tickDt_s
  const port = createRosMachine({
    profile,
    controller: '/arm',
    send: (text) => {
      for (const answer of double.receive(text)) port.receive(answer, now_s())
    },
  })
  const { problems } = port
  const wired = createMachineRobot({
    id: 'arm7',
    robot,
    profile,
    port,
    firstEpoch: 1,
    now_s,
    problems,
  })
  const { end, channels } = wired
  const wire = createWireController(channels.command, (_state, command) => {
    command.qTarget.set(robot.qDefault)
    command.kp.set(robot.kp)
    command.kd.set(robot.kd)
  })
  const decoder = createDecoder(channels.state)
  const seen = createFrame(channels.state)
  port.begin()
  end.linkUp(0)
  /** `parts`: what still works; `each` runs before every tick. */
  const run = (
    duration_s: number,
    { isCommanded = true, isSensed = true, each = () => {} } = {},
  ): void => {
    const last = ticks + Math.round(duration_s / tickDt_s)
    for (; ticks < last; ticks++) {
      if (isSensed && ticks % 5 === 0) port.receive(double.state(), now_s())
      each()
      wired.tick()
      if (!isCommanded || ticks % 10 !== 0) continue
      decoder.decode(wired.encodeState(), seen)
      end.offer(wire.answer(seen), now_s())
    }
  }
  const take = (): readonly string[] => {
    const lease = end.requestLease('a', 'controller', channels.command.hash, now_s())
    wire.epoch = lease.ok ? lease.epoch : 0
    return end.runPreflight('a', now_s())
  }
  /** To `active`. */
  const bringUp = (): void => {
    run(0.1)
    expect(take()).toEqual([])
    expect(end.pose('a', now_s())).toEqual({ ok: true })
    run(3.3)
    expect(end.start('a', now_s())).toEqual({ ok: true })
    run(0.5)
    expect(end.state).toBe('active')
  }
  return { double, end, run, take, bringUp, now_s }
}

function expectPose(q: readonly number[] | undefined): void {
  const error = Math.max(...robot.qDefault.map((x, i) => Math.abs(x - (q?.[i] ?? Number.NaN))))
  expect(error).toBeLessThan(1e-3)
}

describe('a ROS robot behind its robot end, played by a double', () => {
  it('is posed and commanded like any other, and stands still when its controller falls silent', () => {
    const { double, end, run, bringUp } = open()
    bringUp()
    expectPose(double.q)
    run(0.5, { isCommanded: false })
    expect(end.state).toBe('damping')
    // A position controller follows its last point for ever: it is where the joints are.
    expectPose(double.points.at(-1))
    const count = double.points.length
    run(1, { isCommanded: false })
    expect(double.points).toHaveLength(count)
  })

  it('stops when its joint states stay away', () => {
    const { end, run, bringUp } = open()
    bringUp()
    run(0.1, { isSensed: false })
    expect([end.state, end.stopCause]).toEqual(['stopped', 'sensor'])
  })

  it('is not moved while its controller would follow the last target for ever', () => {
    const { double, run, take } = open({ cmdTimeout: '0.0' })
    run(0.1)
    expect(take()).toEqual([expect.stringContaining('cmd_timeout of /arm is off')])
    run(1)
    expect(double.points).toEqual([])
  })
})

describe('the person at the terminal of a real robot', () => {
  /** Presses of a key that is held: at once, after half a second, then 20 a second. */
  const holdSpace = (
    o: ReturnType<typeof open>,
    pendant: ReturnType<typeof createTerminalPendant>,
  ) => {
    const began_s = o.now_s()
    let pressed_s = Number.NEGATIVE_INFINITY
    return () => {
      const wait_s = pressed_s === began_s ? 0.5 : 0.05
      if (o.now_s() - pressed_s >= wait_s) {
        pressed_s = o.now_s()
        pendant.press(' ', pressed_s)
      }
      pendant.look(o.now_s())
    }
  }

  it('lets it move by holding the space bar, and letting go holds it', () => {
    const o = open({ real: true })
    const pendant = createTerminalPendant(o.end)
    o.run(0.1)
    expect(o.take()).toEqual([])
    expect(o.end.pose('a', o.now_s())).toMatchObject({ text: 'nobody holds the enable' })
    const each = holdSpace(o, pendant)
    o.run(0.1, { each })
    expect(o.end.pose('a', o.now_s())).toEqual({ ok: true })
    o.run(2, { each })
    expect(o.end.state).toBe('posing')
    o.run(0.2, { each: () => pendant.look(o.now_s()) })
    expect([o.end.state, o.end.cause]).toEqual(['holding', 'enable'])
  })

  it('stops it with any other key, and only r resets that', () => {
    const o = open({ real: true })
    const pendant = createTerminalPendant(o.end)
    o.run(0.1)
    pendant.press('x', o.now_s())
    expect([o.end.state, o.end.stopCause]).toEqual(['stopped', 'local'])
    pendant.press(' ', o.now_s())
    o.run(1, { each: () => pendant.look(o.now_s()) })
    expect(o.end.state).toBe('stopped')
    pendant.press('r', o.now_s())
    expect(o.end.state).toBe('idle')
  })

  it('moves nothing before a person has typed which robot it is', () => {
    const o = open({ real: true })
    const pendant = createTerminalPendant(o.end, 'arm7')
    o.run(0.1)
    expect(o.take()).toEqual([])
    pendant.press('arm8\r', o.now_s())
    expect(pendant.problems()).toEqual([
      'nobody has typed "arm7" and Enter at the robot\'s terminal yet',
    ])
    // Keys that only make up a name stop nothing, and a space in it is no enable.
    pendant.press(' \rarm7', o.now_s())
    pendant.look(o.now_s())
    expect(o.end.pose('a', o.now_s())).toMatchObject({ text: 'nobody holds the enable' })
    expect(o.end.state).not.toBe('stopped')
    pendant.press('\r', o.now_s())
    expect(pendant.problems()).toEqual([])
    pendant.press('x', o.now_s())
    expect(o.end.state).toBe('stopped')
  })
})
