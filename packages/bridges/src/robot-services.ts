import { type StreamClient, stopRobots, stopWithin_ms } from '@skillweave/stream/client'

/** What became of it; what fails says so in `message`. */
export interface ServiceAnswer {
  readonly success: boolean
  readonly message: string
}

/** What anybody at a bridge may ask of a robot: to stop, to hold. Never rejects. */
export interface RobotServices {
  stop(): Promise<ServiceAnswer>
  hold(): Promise<ServiceAnswer>
}

/** `robot`: whom a hold concerns, as the hub names it. */
export function createRobotServices(
  client: StreamClient,
  robot: () => string | undefined,
): RobotServices {
  return {
    stop: async () => {
      const isStopped = await stopRobots(client)
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
  }
}
