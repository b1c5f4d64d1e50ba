import {
  type ChangeCause,
  changeCauses,
  encodeEnable,
  type RobotState,
  robotStates,
} from '@skillweave/protocol'
import type { StreamClient } from '@skillweave/stream/client'

/** What a robot that is connected says of itself. */
export interface RobotStatus {
  readonly robot: string
  readonly state: RobotState
  readonly stopCause: ChangeCause
  /** Who may command it; null: nobody. A page that came later knows only that there is somebody. */
  readonly holder: string | null
}

/** A page's link to a robot end: what it does, and the person's permission to move. */
export interface RobotLink {
  /** The newest status is on the screen: only what was drawn counts as seen. */
  drawn(): void
  /** Hold to run: sent again and again until it is let go. */
  grip(isHeld: boolean): void
  /** Ask a robot that was stopped to be idle. Resolves to why not, or empty. */
  resetStop(): Promise<string>
  dispose(): void
}

/** Between two enables; the robot believes one for 200 ms. */
const enableEvery_ms = 50

/** `onStatus`: null before a robot has said anything, and when the link is lost. */
export function createRobotLink(
  client: StreamClient,
  onStatus: (status: RobotStatus | null) => void,
): RobotLink {
  let robot = ''
  let state: RobotState = 'offline'
  let stopCause: ChangeCause = 'none'
  let epoch = 0
  let holder: string | null = null
  /** Stamps of the robot's clock: of the newest state, and of the newest that was drawn. s */
  let newest_s = 0
  let drawn_s = Number.NEGATIVE_INFINITY
  let isHeld = false
  let seq = 0

  const tell = (): void => onStatus(robot === '' ? null : { robot, state, stopCause, holder })
  const send = (grip: 0 | 1): void => {
    client.sendFrame(
      encodeEnable({
        ...{ seq: ++seq, time_s: client.now_s() },
        ...{ seenTime_s: drawn_s, grip, leaseEpoch: epoch },
      }),
    )
  }
  const grip = (next: boolean): void => {
    if (next === isHeld || (next && !Number.isFinite(drawn_s))) return
    isHeld = next
    send(next ? 1 : 0)
  }

  const subscriptions = [
    client.frames('robot.state', { rate_hz: 20 }).subscribe(({ channel, frame }) => {
      const { values } = frame
      robot = channel.robot ?? ''
      newest_s = frame.time_s
      state = robotStates[values.state[0]] ?? 'offline'
      stopCause = changeCauses[values.stopCause[0]] ?? 'none'
      tell()
    }),
    client.frames('robot.applied', { rate_hz: 20 }).subscribe(({ frame }) => {
      const now = frame.values.leaseEpoch[0]
      if (now === epoch) return
      epoch = now
      if (now === 0) holder = null
      else holder ??= 'a controller'
    }),
    client.events$.subscribe((event) => {
      if (event.name !== 'lease') return
      holder = event.data.holder
      epoch = holder === null ? 0 : event.data.epoch
      tell()
    }),
    client.status$.subscribe((status) => {
      if (status.state === 'open') return
      isHeld = false
      robot = ''
      drawn_s = Number.NEGATIVE_INFINITY
      tell()
    }),
  ]
  const timer = setInterval(() => {
    if (isHeld) send(1)
  }, enableEvery_ms)

  return {
    drawn: () => {
      if (robot !== '') drawn_s = newest_s
    },
    grip,
    resetStop: async () => {
      try {
        await client.call('stop.reset', { robot })
        return ''
      } catch (error) {
        return (error as Error).message
      }
    },
    dispose: () => {
      grip(false)
      clearInterval(timer)
      for (const s of subscriptions) s.unsubscribe()
    },
  }
}
