import type { EventMessage } from '@skillweave/protocol'
import type { SetStoreFunction } from 'solid-js/store'
import type { LiveState } from './live-interface.ts'

const eventsMax = 400

/** What happened, in the order it came; counts what the score is made of. */
export interface EventLog {
  readonly list: readonly EventMessage[]
  take(event: EventMessage): void
  /** The run was taken back: returns what happened after that moment, and forgets it. */
  branch(time_s: number): readonly EventMessage[]
  clear(): void
  /** Was there a basket since the last call? */
  takeBasket(): boolean
}

export function createEventLog(setState: SetStoreFunction<LiveState>): EventLog {
  let list: EventMessage[] = []
  let basketSeen = false
  return {
    get list() {
      return list
    },
    take(event) {
      list.push(event)
      if (list.length > eventsMax) list.splice(0, list.length - eventsMax)
      if (event.name === 'basket' && event.data.made) {
        setState('baskets', (n) => n + 1)
        basketSeen = true
      }
      if (event.name === 'shot') setState('shots', (n) => n + 1)
      if (event.name === 'fall') setState('falls', (n) => n + 1)
      if (event.name === 'reset' && event.data.reason !== 'fall') {
        setState({ baskets: 0, shots: 0, falls: 0 })
      }
    },
    branch(time_s) {
      const after = list.filter((e) => e.time_s > time_s)
      list = list.filter((e) => e.time_s <= time_s)
      return after
    },
    clear() {
      list = []
    },
    takeBasket() {
      const was = basketSeen
      basketSeen = false
      return was
    },
  }
}
