import { allRobots, encodeStop } from '@skillweave/protocol'
import type { StreamClient } from './client.ts'

/** How long robots may take to answer a stop. */
export const stopWithin_ms = 300

let stops = 0

/** Stop every robot behind this link, category 1. Resolves to whether one answered in time; never rejects. */
export function stopRobots(client: StreamClient): Promise<boolean> {
  const stopId = ++stops
  return new Promise((resolve) => {
    const late = setTimeout(() => end(false), stopWithin_ms)
    const answers = client.stopped$.subscribe(() => end(true))
    const end = (isStopped: boolean): void => {
      clearTimeout(late)
      answers.unsubscribe()
      resolve(isStopped)
    }
    client.sendFrame(
      encodeStop({
        ...{ seq: stopId, stopId, time_s: client.now_s() },
        ...{ category: 1, cause: 10, robot: allRobots },
      }),
    )
  })
}
