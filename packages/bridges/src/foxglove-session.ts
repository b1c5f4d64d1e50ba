import type { WebSocket } from 'ws'
import {
  messageData,
  type PlaybackRequest,
  playbackState,
  readPlaybackRequest,
  readServiceRequest,
  serviceResponse,
  timeData,
} from './foxglove-frames.ts'
import type { ServiceAnswer } from './robot-services.ts'

/** A parameter that Foxglove shows and sets. */
export interface FoxgloveParameter {
  readonly name: string
  readonly value: number | boolean
}

/** A viewer that is connected. */
export interface FoxgloveSession {
  receive(data: Buffer, isBinary: boolean): void
  wants(channel: number): boolean
  /** `payload`: a JSON text. A viewer that does not read gets less, never the past. */
  publish(channel: number, time_s: number, payload: Buffer): void
  /** The run's time now. */
  tick(time_s: number): void
  tellParameters(list: readonly FoxgloveParameter[]): void
}

export interface FoxgloveSessionOptions {
  /** By their ids from 1. */
  readonly services: readonly { readonly name: string; run(): Promise<ServiceAnswer> }[]
  parameters(): readonly FoxgloveParameter[]
  /** Null when it is done, else why not. */
  setParameter(name: string, value: unknown): Promise<string | null>
  /** Playback controls were used. Null when it is done, else why not. */
  play(request: PlaybackRequest): Promise<string | null>
  /** What plays now, for who uses the controls. */
  playback(): Omit<Parameters<typeof playbackState>[0], 'didSeek' | 'requestId'>
  /** Somebody has begun to look at a channel. */
  subscribed(channel: number, session: FoxgloveSession): void
}

const subscriptionsMax = 64
const waitingBytesMax = 65_536

export function createFoxgloveSession(
  socket: WebSocket,
  options: FoxgloveSessionOptions,
): FoxgloveSession {
  /** Ids of the viewer → channels. */
  const subscriptions = new Map<number, number>()
  let hearsParameters = false
  const say = (message: object): void => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message))
  }
  const complain = (message: string): void => say({ op: 'status', level: 2, message })
  const isFree = (): boolean => socket.bufferedAmount < waitingBytesMax
  const tell = (parameters: readonly FoxgloveParameter[], id?: unknown): void =>
    say({ op: 'parameterValues', parameters, ...(typeof id === 'string' ? { id } : {}) })

  const operations: Readonly<Record<string, (m: Readonly<Record<string, unknown>>) => void>> = {
    subscribe: ({ subscriptions: list }) => {
      for (const { id, channelId } of objects(list)) {
        if (!Number.isInteger(id) || subscriptions.size >= subscriptionsMax) continue
        subscriptions.set(id as number, channelId as number)
        options.subscribed(channelId as number, session)
      }
    },
    unsubscribe: ({ subscriptionIds: ids }) => {
      if (Array.isArray(ids)) for (const id of ids) subscriptions.delete(id)
    },
    getParameters: ({ parameterNames: names, id }) => {
      const all = options.parameters()
      const isAll = !Array.isArray(names) || names.length === 0
      tell(isAll ? all : all.filter((p) => names.includes(p.name)), id)
    },
    setParameters: ({ parameters: list, id }) => {
      void (async () => {
        for (const { name, value } of objects(list)) {
          const problem = await options.setParameter(String(name), value)
          if (problem !== null) complain(problem)
        }
        tell(options.parameters(), id)
      })()
    },
    subscribeParameterUpdates: () => {
      hearsParameters = true
    },
    unsubscribeParameterUpdates: () => {
      hearsParameters = false
    },
  }

  async function play(request: PlaybackRequest): Promise<void> {
    const problem = await options.play(request)
    if (problem !== null) complain(problem)
    if (socket.readyState !== socket.OPEN) return
    const didSeek = problem === null && request.seek_s !== null
    socket.send(playbackState({ ...options.playback(), didSeek, requestId: request.requestId }))
  }

  async function serve(bytes: Buffer): Promise<void> {
    const playing = readPlaybackRequest(bytes)
    if (playing) return play(playing)
    const request = readServiceRequest(bytes)
    if (!request) return complain('this binary message is not known here')
    const service = options.services[request.serviceId - 1]
    if (service) {
      const answer = serviceResponse(request, await service.run())
      if (socket.readyState === socket.OPEN) socket.send(answer)
    } else say({ op: 'serviceCallFailure', ...request, message: `no service ${request.serviceId}` })
  }

  const session: FoxgloveSession = {
    receive: (data, isBinary) => {
      if (isBinary) {
        void serve(data)
        return
      }
      const message = readMessage(String(data))
      if (!message) complain('a message is not JSON with an "op"')
      else if (Object.hasOwn(operations, message.op)) operations[message.op](message)
      else complain(`no operation "${message.op}" here`)
    },
    wants: (channel) => isFree() && [...subscriptions.values()].includes(channel),
    publish: (channel, time_s, payload) => {
      for (const [id, wanted] of subscriptions) {
        if (wanted === channel) socket.send(messageData(id, time_s, payload))
      }
    },
    tick: (time_s) => {
      if (isFree() && socket.readyState === socket.OPEN) socket.send(timeData(time_s))
    },
    tellParameters: (list) => {
      if (hearsParameters) tell(list)
    },
  }
  return session
}

function readMessage(text: string): ({ op: string } & Record<string, unknown>) | null {
  try {
    const message = JSON.parse(text)
    return typeof message?.op === 'string' ? message : null
  } catch {
    return null
  }
}

const objects = (list: unknown): Record<string, unknown>[] =>
  Array.isArray(list) ? list.filter((x) => typeof x === 'object' && x !== null) : []
