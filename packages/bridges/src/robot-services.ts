import { allRobots, encodeStop } from '@skillweave/protocol'
import type { StreamClient } from '@skillweave/stream/client'

/** What became of it; what fails says so in `message`. */
export interface ServiceAnswer {
  readonly success: boolean
  readonly message: string
}

/** What anybody at a bridge may ask of a robot: to stop, to hold. Never rejects. */
export interface RobotServices {
  stop(): Promise<ServiceAnswer>
  hold(): Promise<ServiceAnswer>
  dispose(): void
}

/** How long a robot may take to answer a stop. */
const stopWithin_ms = 300

/** `robot`: whom a hold concerns, as the hub names it. */
export function createRobotServices(
  client: StreamClient,
  robot: () => string | undefined,
): RobotServices {
  let stops = 0
  const waiting = new Set<() => void>()
  const stopped = client.stopped$.subscribe(() => {
    for (const answer of waiting) answer()
  })
  return {
    stop: async () => {
      const frame = encodeStop({
        seq: ++stops,
        time_s: client.now_s(),
        stopId: stops,
        category: 1,
        cause: 10,
        robot: allRobots,
      })
      const isStopped = await new Promise<boolean>((resolve) => {
        const answer = (): void => resolve(true)
        waiting.add(answer)
        setTimeout(() => {
          waiting.delete(answer)
          resolve(false)
        }, stopWithin_ms)
        client.sendFrame(frame)
      })
      const message = isStopped
        ? 'stopped'
        : `no robot answered within ${stopWithin_ms} ms: use the hardware stop`
      return { success: isStopped, message }
    },
    hold: async () => {
      const id = robot()
      if (id === undefined) return { success: false, message: 'there is no robot' }
      try {
        await client.call('robot.hold', { robot: id })
        return { success: true, message: 'holding' }
      } catch (error) {
        return { success: false, message: (error as Error).message }
      }
    },
    dispose: () => stopped.unsubscribe(),
  }
}
