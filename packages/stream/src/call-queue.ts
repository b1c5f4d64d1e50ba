import {
  type Call,
  type CallError,
  type CallMessage,
  type MethodName,
  mayCall,
  methods,
  reservedMethods,
} from '@skillweave/protocol'
import type { HubCall, HubLimits } from './hub-interface.ts'
import type { Link, Links } from './links.ts'

/** Calls that were checked and wait for the loop. */
export interface CallQueue {
  /** Check a call; refuse it at once, or let it wait. */
  add(link: Link, call: CallMessage): void
  /** Give out what has come so far, in order. `handle`: null when nobody carries out calls. */
  drain(handle: ((call: HubCall) => void) | null): void
}

export function createCallQueue(links: Links, limits: HubLimits): CallQueue {
  const waiting: { readonly link: Link; readonly call: Call; readonly id: number }[] = []

  /** Who wants no result still learns why nothing happens. */
  function sendRefusal(link: Link, id: number, error: CallError): void {
    if (id === 0) links.send(link, { op: 'error', code: error.code, text: error.text })
    else links.send(link, { op: 'result', id, ok: false, error })
  }

  function add(link: Link, { id, method, params }: CallMessage): void {
    const error = (code: CallError['code'], text: string, more: Partial<CallError> = {}): void =>
      sendRefusal(link, id, { code, text, ...more })
    if (!Object.hasOwn(methods, method)) {
      const isReserved = Object.hasOwn(reservedMethods, method)
      if (isReserved) error('not-available', `${method} does not exist in this version`)
      else
        error('unknown-method', `there is no method "${method.slice(0, 40)}"`, {
          known: Object.keys(methods),
        })
      return
    }
    const name = method as MethodName
    const { role, params: check } = methods[name]
    if (!link.info || !mayCall(link.info.role, role)) {
      error('not-allowed', `${name} needs the role ${role}, you are ${link.info?.role}`)
      return
    }
    const checked = check(params, '')
    if (!checked.ok) {
      error('bad-params', checked.text)
      return
    }
    if (link.callsWaiting >= limits.callsWaiting) {
      error('busy', `${link.callsWaiting} calls wait already`)
      return
    }
    link.callsWaiting++
    waiting.push({ link, id, call: { method: name, params: checked.value } as Call })
  }

  return {
    add,
    drain(handle) {
      // Only what is there now: what a handler causes waits for the next step.
      for (const { link, id, call } of waiting.splice(0)) {
        link.callsWaiting--
        if (link.isGone || !link.info) continue
        let isAnswered = false
        const accept = (value: unknown): void => {
          if (!isAnswered && id !== 0) links.send(link, { op: 'result', id, ok: true, value })
          isAnswered = true
        }
        const refuse = (error: CallError): void => {
          if (!isAnswered) sendRefusal(link, id, error)
          isAnswered = true
        }
        if (!handle) refuse({ code: 'not-available', text: 'nobody carries out calls here' })
        else handle({ ...call, from: link.info, accept, refuse } as HubCall)
      }
    },
  }
}
