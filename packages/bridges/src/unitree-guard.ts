import { textExcess, textLimits } from '@skillweave/protocol'
import type { TextLink } from './machine-port.ts'
import { motorSlots } from './unitree-text.ts'
import { connectZmtp, listenZmtp } from './zmtp-link.ts'

/** One command of the stream that is watched. */
interface Watched {
  readonly seq: number
  readonly validFor_s: number
  readonly modeMachine: number
  /** By slot: whether a motor is driven there. */
  readonly isDriven: readonly boolean[]
  readonly q: readonly number[]
  readonly isLimpOrDamped: boolean
}

/**
 * What stands between a robot end and LeRobot's bridge, best on the robot itself: passes commands on while they come, and damps the motors
 * when they stop. The bridge alone would repeat the last one for ever. Pure: time is passed in.
 */
export interface UnitreeGuard {
  /** `waiting`: nothing has come yet. */
  readonly state: 'waiting' | 'passing' | 'damping'
  /** What was not passed on, by reason. */
  readonly refused: Readonly<Record<string, number>>
  receive(text: string, now_s: number): void
  /** Often: says the damping again as long as it lasts. */
  look(now_s: number): void
}

const validForMax_s = 0.2

/** `kd`: gain on the rates while damping, N·m·s/rad. `send`: to the bridge; must not wait. */
export function createUnitreeGuard(options: {
  readonly kd: number
  send(text: string): void
}): UnitreeGuard {
  const refused: Record<string, number> = {}
  let state: UnitreeGuard['state'] = 'waiting'
  let last: Watched | null = null
  let deadline_s = 0
  const refuse = (reason: string): void => {
    refused[reason] = (refused[reason] ?? 0) + 1
  }
  return {
    refused,
    get state() {
      return state
    },
    receive: (text, now_s) => {
      const command = readCommand(text)
      if (typeof command === 'string') {
        refuse(command)
        return
      }
      // Who was silent comes back by way of damping: a backlog that arrives late is stiff, and moves nothing.
      if (state !== 'passing' && !command.isLimpOrDamped) {
        refuse('stiffAfterSilence')
        return
      }
      if (state === 'passing' && last && command.seq <= last.seq) {
        refuse('old')
        return
      }
      last = command
      state = 'passing'
      deadline_s = now_s + command.validFor_s
      options.send(text)
    },
    look: (now_s) => {
      if (!last || (state === 'passing' && now_s <= deadline_s)) return
      state = 'damping'
      options.send(dampText(last, options.kd))
    },
  }
}

/** Why a text is no complete command with a life, or the command. */
function readCommand(text: string): Watched | 'notJson' | 'shape' {
  let message: unknown
  try {
    if (textExcess(text, textLimits)) return 'shape'
    message = JSON.parse(text)
  } catch {
    return 'notJson'
  }
  const { motor_cmd, mode_machine, seq, valid_for_ms } =
    (message as { data?: LowCommand } | null)?.data ?? {}
  if (!Array.isArray(motor_cmd) || motor_cmd.length !== motorSlots) return 'shape'
  const isComplete = motor_cmd.every((m) =>
    [m?.mode, m?.q, m?.dq, m?.tau, m?.kp, m?.kd].every((x) => Number.isFinite(x)),
  )
  const numbers = [mode_machine, seq, valid_for_ms]
  if (!isComplete || !numbers.every((x) => Number.isFinite(x))) return 'shape'
  return {
    seq: seq as number,
    validFor_s: Math.min(validForMax_s, (valid_for_ms as number) / 1000),
    modeMachine: mode_machine as number,
    isDriven: motor_cmd.map((m) => m.mode === 1),
    q: motor_cmd.map((m) => m.q),
    isLimpOrDamped: motor_cmd.every((m) => m.kp === 0),
  }
}

interface LowCommand {
  readonly motor_cmd?: readonly Readonly<
    Record<'mode' | 'q' | 'dq' | 'tau' | 'kp' | 'kd', number>
  >[]
  readonly mode_machine?: number
  readonly seq?: number
  readonly valid_for_ms?: number
}

const dampText = ({ modeMachine, isDriven, q }: Watched, kd: number): string =>
  JSON.stringify({
    topic: 'rt/lowcmd',
    data: {
      mode_pr: 0,
      mode_machine: modeMachine,
      motor_cmd: isDriven.map((driven, i) =>
        driven
          ? { mode: 1, q: q[i], dq: 0, tau: 0, kp: 0, kd }
          : { mode: 0, q: 0, dq: 0, tau: 0, kp: 0, kd: 0 },
      ),
    },
  })

/** Between two looks; the last command lives 80 ms. */
const look_ms = 10

/** The guard with its two links. Rejects when the port is taken or there is no bridge. */
export async function openUnitreeGuard(options: {
  /** Where robot ends send commands to. */
  readonly listen: { readonly host: string; readonly port: number }
  /** The bridge's PULL socket. */
  readonly bridge: { readonly host: string; readonly port: number }
  readonly kd: number
  now_s(): number
  /** The link to the bridge ended: nothing can be damped from here any more. */
  onEnd(text: string): void
}): Promise<{ readonly guard: UnitreeGuard; readonly port: number; close(): void }> {
  const { listen, bridge, kd, now_s, onEnd } = options
  const out: TextLink = await connectZmtp({ type: 'PUSH', ...bridge, onText: () => {}, onEnd })
  const guard = createUnitreeGuard({ kd, send: out.send })
  const server = await listenZmtp({
    ...listen,
    onText: (text) => guard.receive(text, now_s()),
  })
  const timer = setInterval(() => guard.look(now_s()), look_ms)
  return {
    guard,
    port: server.port,
    close: () => {
      clearInterval(timer)
      server.close()
      out.close()
    },
  }
}
