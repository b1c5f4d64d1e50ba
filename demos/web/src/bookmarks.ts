import { type EventMessage, parseHubMessage } from '@skillweave/protocol'
import { type Accessor, createSignal } from 'solid-js'
import type { Live } from './live-interface.ts'
import type { TapeMessage } from './tape.ts'

/** A moment somebody wants to find again. */
export interface Bookmark {
  readonly time_s: number
  readonly name: string
}

/** The bookmarks of a run, in the order of their moments. They belong to this page; links and recordings take them along. */
export interface Bookmarks {
  readonly list: Accessor<readonly Bookmark[]>
  /** The moment on screen. */
  add(): void
  rename(mark: Bookmark, name: string): void
  remove(mark: Bookmark): void
  goTo(mark: Bookmark): void
  /** To the next or the last one from the moment on screen. */
  jump(direction: 1 | -1): void
}

/** `known`: those a link or a recording brought. */
export function createBookmarks(live: Live, known: readonly Bookmark[]): Bookmarks {
  const { state, client } = live
  const [list, setList] = createSignal(inOrder(known))
  const put = (mark: Bookmark): void => {
    // A recording tells its marks once more when it comes to them.
    if (list().some((m) => m.time_s === mark.time_s)) return
    setList(inOrder([...list(), mark]))
  }
  client.events$.subscribe((event) => {
    if (event.name === 'mark') put({ time_s: event.time_s, name: event.data.text })
  })
  client.timeline$.subscribe(({ time_s, reason }) => {
    // What was marked after that moment has not happened.
    if (reason === 'rewind') setList(list().filter((m) => m.time_s <= time_s))
  })
  const goTo = ({ time_s, name }: Bookmark): void => {
    if (time_s >= state.oldest_s && time_s <= state.newest_s) live.lookAt(time_s)
    else if (state.replay) void live.ask('replay.seek', { time_s })
    else live.say(`${name} (${time_s.toFixed(1)} s) is not among what this page has of the run.`)
  }
  return {
    list,
    add() {
      const name = firstFree(list().map((m) => m.name))
      put({ time_s: state.time_s, name })
      live.say(`${state.time_s.toFixed(2)} s is ${name} now; the list Marks has its name.`)
    },
    rename(mark, name) {
      const next = name.trim().slice(0, nameMax)
      if (next !== '') setList(list().map((m) => (m === mark ? { ...m, name: next } : m)))
    },
    remove: (mark) => setList(list().filter((m) => m !== mark)),
    goTo,
    jump(direction) {
      const found =
        direction > 0
          ? list().find((m) => m.time_s > state.time_s + here_s)
          : list().findLast((m) => m.time_s < state.time_s - here_s)
      if (found) goTo(found)
    },
  }
}

/** Longer names do not fit into the strip. */
export const nameMax = 40
/** A moment this near is the one on screen, s. */
const here_s = 0.005

const inOrder = (marks: readonly Bookmark[]): readonly Bookmark[] =>
  marks.toSorted((a, b) => a.time_s - b.time_s)

function firstFree(names: readonly string[]): string {
  let i = 1
  while (names.includes(`mark ${i}`)) i++
  return `mark ${i}`
}

/** The messages of a run with its bookmarks among them, each before the first frame after its moment. */
export function withBookmarks(
  messages: readonly TapeMessage[],
  bookmarks: readonly Bookmark[],
): readonly TapeMessage[] {
  const out: TapeMessage[] = []
  const waiting = [...inOrder(bookmarks)]
  for (const message of messages) {
    if (typeof message === 'string') {
      // A recording of a recording has them already.
      if (markOf(message) === null) out.push(message)
      continue
    }
    const time_s = new DataView(message.buffer, message.byteOffset).getFloat64(8, true)
    while (waiting.length > 0 && waiting[0].time_s < time_s) out.push(textOf(waiting.shift()))
    out.push(message)
  }
  return [...out, ...waiting.map(textOf)]
}

/** The bookmarks among the messages of a recording. */
export const bookmarksOf = (messages: readonly TapeMessage[]): readonly Bookmark[] =>
  messages.flatMap((m) => (typeof m === 'string' ? (markOf(m) ?? []) : []))

function markOf(text: string): Bookmark | null {
  if (!text.includes('"mark"')) return null
  const parsed = parseHubMessage(text)
  if (!parsed.ok || parsed.value.op !== 'event' || parsed.value.name !== 'mark') return null
  return { time_s: parsed.value.time_s, name: parsed.value.data.text }
}

const textOf = (mark: Bookmark | undefined): string =>
  JSON.stringify({
    op: 'event',
    // Not of the run's own count: it was said by nobody.
    seq: 0,
    time_s: mark?.time_s ?? 0,
    name: 'mark',
    data: { text: mark?.name ?? '' },
  } satisfies EventMessage)
