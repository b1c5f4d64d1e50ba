import type { RobotEnd } from '@skillweave/robot-end'

/**
 * The person at the robot's own terminal. First they type which robot it is; from then on the space bar held is the enable, `r` resets a stop, any other key stops. A
 * terminal says only that a key is pressed again, so a release is seen when repetitions stay away.
 */
export interface TerminalPendant {
  /** What the terminal read. */
  press(keys: string, now_s: number): void
  /** Between ticks. */
  look(now_s: number): void
  /** What is missing before anything may move; asked by pre-flight. */
  problems(): readonly string[]
}

/** Keyboards repeat a held key after half a second, then 20 times a second and more. */
const firstRepeat_s = 0.7
const nextRepeat_s = 0.15

/** `name`: to be typed first; empty: nothing has to be. */
export function createTerminalPendant(end: RobotEnd, name = ''): TerminalPendant {
  let isNamed = name === ''
  let typed = ''
  let heldUntil_s = Number.NEGATIVE_INFINITY
  return {
    press: (keys, now_s) => {
      for (const key of keys) {
        if (!isNamed) {
          const isEnter = key === '\r' || key === '\n'
          isNamed = isEnter && typed === name
          typed = isEnter ? '' : typed + key
        } else if (key === 'r' && end.state === 'stopped') end.resetStop(now_s)
        else if (key !== ' ') {
          heldUntil_s = Number.NEGATIVE_INFINITY
          end.stop({ category: 1 }, 'local', now_s)
        } else {
          const wait_s = now_s > heldUntil_s ? firstRepeat_s : nextRepeat_s
          heldUntil_s = Math.max(heldUntil_s, now_s + wait_s)
        }
      }
    },
    problems: () =>
      isNamed ? [] : [`nobody has typed "${name}" and Enter at the robot's terminal yet`],
    look: (now_s) => {
      const grip = now_s <= heldUntil_s ? 1 : 0
      // Whoever stands there sees the robot itself.
      end.enable({ grip, seenTime_s: now_s, leaseEpoch: end.lease?.epoch ?? 0 }, now_s)
    },
  }
}
