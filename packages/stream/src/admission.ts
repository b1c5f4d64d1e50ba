import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { Hello } from '@skillweave/protocol'
import type { Peer } from './hub.ts'

/** A fresh token of 128 bits, 22 characters. */
export const createToken = (): string => randomBytes(16).toString('base64url')

/** Characters of the shortest token that is accepted: 128 bits in base 64. */
const tokenLengthMin = 22

/** The addresses of this machine itself. */
export function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/, '')
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'))
}

/** Which Host and Origin headers are ours. */
export interface Names {
  /** Why a Host is refused, a sentence; null if it is ours. */
  hostProblem(host: string | undefined): string | null
  /** Why an Origin is refused; null if it is allowed or absent. */
  originProblem(origin: string | undefined): string | null
}

/**
 * Exact lists. Pages of other sites can reach this server, directly or through a name that they
 * made to point here; these headers are what tells them apart.
 */
export function createNames(options: {
  readonly port: number
  readonly hosts: readonly string[]
  readonly origins: readonly string[]
}): Names {
  const { port, origins } = options
  const hosts = new Set<string>()
  for (const name of options.hosts) {
    const host = isIP(name) === 6 ? `[${name}]` : name.toLowerCase()
    hosts.add(`${host}:${port}`)
    if (port === 80) hosts.add(host)
  }
  const allowed = new Set([...[...hosts].map((h) => `http://${h}`), ...origins])
  return {
    hostProblem: (host) =>
      host !== undefined && hosts.has(host.toLowerCase())
        ? null
        : `this server does not answer for ${host ? `"${host.slice(0, 80)}"` : 'requests without a host'}`,
    originProblem: (origin) =>
      origin === undefined || (origin !== 'null' && allowed.has(origin))
        ? null
        : `this server refuses pages from ${origin.slice(0, 80)}`,
  }
}

const failuresMax = 5
const failureWindow_s = 60

/**
 * The token rule: needed from every address but this machine's own, or always. A wrong token is
 * refused even where none is needed. Throws for a token that is too short.
 */
export function createTokenRule(options: {
  readonly token?: string | undefined
  readonly requireToken?: 'remote' | 'always' | undefined
  readonly now_s: () => number
}): (
  hello: Hello,
  peer: Peer,
) => { readonly ok: true } | { readonly ok: false; readonly text: string } {
  const { token, requireToken = 'remote', now_s } = options
  if (token !== undefined && token.length < tokenLengthMin) {
    throw new Error(
      `the token has ${token.length} characters, at least ${tokenLengthMin} are needed`,
    )
  }
  if (token === undefined && requireToken === 'always')
    throw new Error('a token is required but none is set')
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  const expected = token === undefined ? null : digest(token)
  const failures = new Map<string, { count: number; first_s: number }>()

  function fail(address: string, text: string): { readonly ok: false; readonly text: string } {
    const now = now_s()
    const f = failures.get(address)
    if (f && now - f.first_s < failureWindow_s) f.count++
    else failures.set(address, { count: 1, first_s: now })
    if (failures.size > 10_000) failures.clear()
    return { ok: false, text }
  }

  return (hello, { address }) => {
    const f = failures.get(address)
    if (f && f.count >= failuresMax && now_s() - f.first_s < failureWindow_s) {
      return { ok: false, text: 'too many wrong tokens from this address; wait a minute' }
    }
    if (hello.token === undefined) {
      if (requireToken === 'remote' && isLoopback(address)) return { ok: true }
      return fail(address, 'this server wants its token: open the link its terminal printed')
    }
    // Without a token of our own there is nothing a given one could unlock.
    if (expected === null)
      return isLoopback(address) ? { ok: true } : fail(address, 'this server has no token')
    if (timingSafeEqual(digest(hello.token), expected)) return { ok: true }
    return fail(address, 'this token is wrong: open the link the terminal printed')
  }
}
