import type { WebSocket } from 'ws'
import { plainType, rosTopics } from './ros-messages.ts'
import type { ServiceResult } from './ros-services.ts'
import { operationCbor, operationText, type RosOperation, readOperation } from './rosbridge-text.ts'

/** A page that is connected. */
export interface RosSession {
  receive(text: string): void
  /** Whether a message of this topic is due. */
  wants(topic: string): boolean
  publish(topic: string, message: unknown): void
  /** Tell the page that something it did has no effect. */
  complain(text: string): void
}

export interface RosSessionOptions {
  now_s(): number
  /** A message on `/cmd_vel`. Null when it is taken, else why not. */
  drive(message: unknown): string | null
  call(service: string, args: unknown): Promise<ServiceResult>
}

interface Subscription {
  readonly throttle_s: number
  readonly isCbor: boolean
}

const levels = ['none', 'error', 'warning', 'info'] as const
type Level = (typeof levels)[number]

const driveTopic = {
  name: '/cmd_vel',
  types: ['geometry_msgs/Twist', 'geometry_msgs/TwistStamped'],
}
const subscriptionsMax = 64
/** A page that does not read gets less, never the past. */
const waitingBytesMax = 65_536

export function createRosSession(socket: WebSocket, options: RosSessionOptions): RosSession {
  /** By topic, by the page's own id. */
  const subscriptions = new Map<string, Map<string, Subscription>>()
  const sent_s = new Map<string, number>()
  let level: Level = 'error'

  const send = (operation: RosOperation): void => socket.send(operationText(operation))
  function status(about: Level, msg: string, id?: unknown): void {
    if (levels.indexOf(about) > levels.indexOf(level)) return
    send({ op: 'status', level: about, msg, ...(typeof id === 'string' ? { id } : {}) })
  }

  const operations: Readonly<Record<string, (o: RosOperation) => void>> = {
    subscribe: (o) => {
      const problem = subscriptionProblem(o)
      if (problem) return status('error', problem, o.id)
      if (o.compression === 'png') {
        status('warning', 'there is no png compression here; messages come as JSON', o.id)
      }
      const topic = String(o.topic)
      const mine = subscriptions.get(topic) ?? new Map<string, Subscription>()
      if (subscriptions.size >= subscriptionsMax || mine.size >= subscriptionsMax) {
        return status('error', `at most ${subscriptionsMax} subscriptions`, o.id)
      }
      const throttle_ms = typeof o.throttle_rate === 'number' ? o.throttle_rate : 0
      mine.set(String(o.id ?? ''), {
        throttle_s: Math.max(0, throttle_ms / 1000 || 0),
        isCbor: o.compression === 'cbor',
      })
      subscriptions.set(topic, mine)
    },
    unsubscribe: (o) => {
      const topic = String(o.topic)
      if (o.id === undefined) subscriptions.delete(topic)
      else subscriptions.get(topic)?.delete(String(o.id))
      if (subscriptions.get(topic)?.size === 0) subscriptions.delete(topic)
    },
    advertise: (o) => {
      const problem = driveProblem(o.topic, o.type)
      if (problem) status('error', problem, o.id)
    },
    unadvertise: () => {},
    publish: (o) => {
      const problem = driveProblem(o.topic) ?? options.drive(o.msg)
      if (problem) status('error', problem, o.id)
    },
    call_service: (o) => {
      const service = String(o.service)
      void options.call(service, o.args).then(({ ok, values }) => {
        if (socket.readyState !== socket.OPEN) return
        const id = o.id === undefined ? {} : { id: o.id }
        send({ op: 'service_response', service, values, result: ok, ...id })
      })
    },
    set_level: (o) => {
      const wanted = levels.find((l) => l === o.level)
      if (wanted) level = wanted
      else status('error', `no level "${o.level}"; there are ${levels.join(', ')}`, o.id)
    },
    status: () => {},
  }

  const session: RosSession = {
    receive: (text) => {
      const operation = readOperation(text)
      if (typeof operation === 'string') status('error', operation)
      else if (Object.hasOwn(operations, operation.op)) operations[operation.op](operation)
      else {
        const known = Object.keys(operations).join(', ')
        status('error', `no operation "${operation.op}" here; there are ${known}`, operation.id)
      }
    },
    wants: (topic) => {
      const mine = subscriptions.get(topic)
      if (!mine || socket.bufferedAmount > waitingBytesMax) return false
      const throttle_s = Math.min(...[...mine.values()].map((s) => s.throttle_s))
      const last_s = sent_s.get(topic) ?? Number.NEGATIVE_INFINITY
      return options.now_s() - last_s >= throttle_s
    },
    publish: (topic, msg) => {
      sent_s.set(topic, options.now_s())
      const operation = { op: 'publish', topic, msg }
      const isCbor = [...(subscriptions.get(topic)?.values() ?? [])].some((s) => s.isCbor)
      socket.send(isCbor ? operationCbor(operation) : operationText(operation))
    },
    complain: (text) => status('error', text),
  }
  return session
}

function subscriptionProblem({ topic, type, compression }: RosOperation): string | null {
  const known = rosTopics.find((t) => t.name === topic)
  if (!known) {
    return `no topic ${topic}; there are ${rosTopics.map((t) => t.name).join(', ')}`
  }
  if (typeof type === 'string' && type !== '' && plainType(type) !== known.type) {
    return `${topic} has the type ${known.type}, not ${type}`
  }
  const isKnown = [undefined, 'none', 'cbor', 'png'].includes(compression as string | undefined)
  return isKnown ? null : `no compression "${compression}"; there are none and cbor`
}

function driveProblem(topic: unknown, type?: unknown): string | null {
  if (topic !== driveTopic.name) {
    return `${topic} is not taken; only ${driveTopic.name} is. Joint targets need a lease: docs/protocol.md, section 11`
  }
  const isType = typeof type !== 'string' || driveTopic.types.includes(plainType(type))
  return isType ? null : `${topic} takes ${driveTopic.types.join(' or ')}, not ${type}`
}
