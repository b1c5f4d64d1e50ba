import {
  connectZmtp,
  createUnitreeGuard,
  lowCommandText,
  openUnitreeGuard,
} from '@skillweave/bridges/machines'
import { createMotorCommand } from '@skillweave/robot-end'
import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../../support/streams.ts'
import { openUnitreeBridgeDouble } from '../../support/unitree-bridge-double.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close()
})

const motors = Array.from({ length: 35 }, (_, i) => (i < 2 ? i : -1))

/** A command of a robot end; stiff unless `kp` is 0. */
function command(seq: number, kp = 50): string {
  const c = createMotorCommand(2)
  c.qTarget.fill(0.3)
  c.kp.fill(kp)
  c.kd.fill(2)
  return lowCommandText(c, { motors, modeMachine: 5, seq, validFor_ms: 80 }) as string
}

interface Sent {
  readonly data: { readonly motor_cmd: readonly Record<string, number>[] }
}

function open() {
  const sent: Sent[] = []
  const guard = createUnitreeGuard({ kd: 5, send: (text) => sent.push(JSON.parse(text)) })
  const gains = () =>
    sent
      .at(-1)
      ?.data.motor_cmd.slice(0, 3)
      .map(({ mode, kp, kd }) => [mode, kp, kd])
  return { guard, sent, gains }
}

describe('a guard before a bridge that repeats its last command for ever', () => {
  it('passes commands on while they come, and damps what they drove when they stop', () => {
    const { guard, sent, gains } = open()
    guard.look(0)
    expect(sent).toEqual([])
    guard.receive(command(1, 0), 0)
    guard.receive(command(2), 0.02)
    guard.look(0.09)
    expect(gains()).toEqual([
      [1, 50, 2],
      [1, 50, 2],
      [0, 0, 0],
    ])
    expect(sent).toHaveLength(2)
    guard.look(0.11)
    expect(guard.state).toBe('damping')
    expect(gains()).toEqual([
      [1, 0, 5],
      [1, 0, 5],
      [0, 0, 0],
    ])
    guard.look(0.12)
    expect(sent).toHaveLength(4)
  })

  it('lets a backlog that comes late move nothing: who was silent comes back by way of damping', () => {
    const { guard, sent, gains } = open()
    guard.receive(command(1), 0)
    expect(guard.state).toBe('waiting')
    guard.receive(command(1, 0), 0)
    guard.look(1)
    for (let seq = 2; seq < 50; seq++) guard.receive(command(seq), 1.01)
    expect(guard.refused).toEqual({ stiffAfterSilence: 49 })
    expect(gains()?.[0]).toEqual([1, 0, 5])
    guard.receive(command(50, 0), 1.02)
    guard.receive(command(51), 1.03)
    expect(guard.state).toBe('passing')
    expect(gains()?.[0]).toEqual([1, 50, 2])
    guard.receive(command(50), 1.04)
    expect(guard.refused.old).toBe(1)
    expect(sent).toHaveLength(4)
  })

  it.each([
    ['no JSON', '{', 'notJson'],
    ['null', 'null', 'shape'],
    ['a missing number', command(3).replace('"kd":2', '"kd":null'), 'shape'],
    [
      'a motor less',
      command(3).replace('{"mode":0,"q":0,"dq":0,"tau":0,"kp":0,"kd":0},', ''),
      'shape',
    ],
    ['no life', command(3).replace('"valid_for_ms":80', '"valid":1'), 'shape'],
  ])('does not pass on %s, and does not live longer by it', (_what, text, reason) => {
    const { guard, sent } = open()
    guard.receive(command(1, 0), 0)
    guard.receive(text, 0.07)
    expect(guard.refused).toEqual({ [reason]: 1 })
    guard.look(0.081)
    expect(guard.state).toBe('damping')
    expect(sent).toHaveLength(2)
  })

  it('a command cannot ask for a life of its own', () => {
    const { guard } = open()
    guard.receive(command(1, 0).replace('"valid_for_ms":80', '"valid_for_ms":1e9'), 0)
    guard.look(0.21)
    expect(guard.state).toBe('damping')
  })

  it('does so over ZeroMQ, when the process that commanded is gone', async () => {
    const bridge = await openUnitreeBridgeDouble([])
    closing.push(bridge.close)
    const guarded = await openUnitreeGuard({
      listen: { host: '127.0.0.1', port: 0 },
      bridge: { host: '127.0.0.1', port: bridge.commandsPort },
      kd: 5,
      now_s: () => performance.now() / 1000,
      onEnd: () => {},
    })
    closing.push(guarded.close)
    const link = await connectZmtp({
      ...{ type: 'PUSH', host: '127.0.0.1', port: guarded.port },
      onText: () => {},
      onEnd: () => {},
    })
    // Together: on a slow machine the life of a command is over before the next one.
    let seq = 0
    await until(() => {
      link.send(command(++seq, 0))
      link.send(command(++seq))
      return bridge.commands.some((c) => c.data.motor_cmd[0].kp === 50)
    })
    link.close()
    await until(() => guarded.guard.state === 'damping')
    await until(() => bridge.commands.at(-1)?.data.motor_cmd[0].kp === 0)
    const count = bridge.commands.length
    await until(() => bridge.commands.length > count + 3)
    expect(bridge.commands.at(-1)?.data.motor_cmd[0]).toMatchObject({ mode: 1, kp: 0, kd: 5 })
  })
})
