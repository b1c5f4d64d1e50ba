import type { CallError, CallErrorCode, ResultMessage } from '@skillweave/protocol'

/** Why a call was not carried out. `code` `gone` means that nobody knows: the link was lost or slow. */
export class CallFailed extends Error {
  readonly code: CallErrorCode
  /** Names that do exist, where a name was wrong. */
  readonly known: readonly string[]

  constructor(method: string, error: CallError) {
    const details = [
      error.found && `found ${error.found}`,
      error.expected && `expected ${error.expected}`,
      error.known && `known: ${error.known.join(', ')}`,
    ].filter(Boolean)
    super([`${method}: ${error.text}`, ...details].join('; '))
    this.name = 'CallFailed'
    this.code = error.code
    this.known = error.known ?? []
  }
}

/** Calls that wait for their result. */
export interface Calls {
  /** A new call: its id on the wire, and what becomes of it. */
  open(
    method: string,
    timeout_ms: number,
  ): { readonly id: number; readonly answer: Promise<unknown> }
  /** A result came. Unknown ids (late answers) are ignored. */
  settle(result: ResultMessage): void
  /** Nobody will answer any more. */
  failAll(text: string): void
}

export function createCalls(): Calls {
  interface Waiting {
    readonly method: string
    readonly resolve: (value: unknown) => void
    readonly reject: (error: Error) => void
    readonly timer: ReturnType<typeof setTimeout>
  }
  const waiting = new Map<number, Waiting>()
  let last = 0
  const take = (id: number): Waiting | undefined => {
    const call = waiting.get(id)
    if (call) clearTimeout(call.timer)
    waiting.delete(id)
    return call
  }
  return {
    open(method, timeout_ms) {
      last = last >= 2 ** 32 - 1 ? 1 : last + 1
      const id = last
      const answer = new Promise<unknown>((resolve, reject) => {
        const timer = setTimeout(() => {
          const text = `no answer within ${timeout_ms} ms`
          take(id)?.reject(new CallFailed(method, { code: 'gone', text }))
        }, timeout_ms)
        waiting.set(id, { method, resolve, reject, timer })
      })
      return { id, answer }
    },
    settle(result) {
      const call = take(result.id)
      if (!call) return
      if (result.ok) call.resolve(result.value)
      else call.reject(new CallFailed(call.method, result.error))
    },
    failAll(text) {
      for (const id of [...waiting.keys()]) {
        const call = take(id)
        call?.reject(new CallFailed(call.method, { code: 'gone', text }))
      }
    },
  }
}
