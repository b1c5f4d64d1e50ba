import type { WorldMessage } from '@skillweave/protocol'
import type { StreamClient } from '@skillweave/stream/client'
import type { PlaybackRequest } from './foxglove-frames.ts'

/** Foxglove's playback controls on a run that knows its past: a recording, or a simulation that can be taken back. */
export interface FoxglovePlayback {
  /** From where to where; null: this run has no past to go to, or we only watch. */
  range(now_s: number): { readonly from_s: number; readonly to_s: number } | null
  /** Null when it is done, else why not. */
  run(request: PlaybackRequest): Promise<string | null>
  /** What plays now. */
  state(now_s: number): { readonly status: 'playing' | 'paused' | 'ended'; readonly speed: number }
  dispose(): void
}

export function createFoxglovePlayback(client: StreamClient): FoxglovePlayback {
  let world: WorldMessage | undefined
  let isOperator = false
  const subscriptions = [
    client.world$.subscribe((w) => {
      world = w
    }),
    client.status$.subscribe(({ role }) => {
      isOperator = role === 'operator'
    }),
  ]

  async function ask({ paused, speed, seek_s }: PlaybackRequest): Promise<void> {
    if (seek_s !== null) {
      if (world?.replay) await client.call('replay.seek', { time_s: seek_s })
      else await client.call('world.rewind', { time_s: seek_s })
    }
    if (world && speed > 0 && speed !== world.speed) await client.call('world.speed', { speed })
    await client.call('world.pause', { paused })
  }

  return {
    range: (now_s) => {
      if (!isOperator || !world) return null
      const { replay, past } = world
      if (replay) return replay
      return past ? { from_s: Math.max(past.from_s, now_s - past.reach_s), to_s: now_s } : null
    },
    run: async (request) => {
      try {
        await ask(request)
        return null
      } catch (error) {
        return (error as Error).message
      }
    },
    state: (now_s) => {
      const isOver = world?.replay !== undefined && now_s >= world.replay.to_s
      const status = isOver ? 'ended' : world?.paused ? 'paused' : 'playing'
      return { status, speed: world?.speed ?? 1 }
    },
    dispose: () => {
      for (const s of subscriptions) s.unsubscribe()
    },
  }
}
