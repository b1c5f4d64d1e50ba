/** Names of subprotocols of this family start with this, followed by the major version. */
export const protocolFamily = 'skillweave.v'

/** The major version this code speaks. Binary fields never move within one. */
export const protocolMajor = 1

/** Grows with every addition inside the major version. */
export const protocolRevision = 3

/** The WebSocket subprotocol, and `hello.protocol` where there is no WebSocket. */
export const subprotocol = `${protocolFamily}${protocolMajor}`

/** What one side may say it can do, in `hello` and `welcome`. */
export const features = {
  /** Of a client that wants to be operator: a spectator where there is one already. */
  yield: 'yield',
} as const

/** What a hub answers to a list of offered subprotocols. */
export type SubprotocolChoice =
  | { readonly kind: 'same'; readonly name: string }
  /** Only other majors of the family: accept under `name`, explain, close. */
  | { readonly kind: 'other-major'; readonly name: string; readonly text: string }
  | { readonly kind: 'unknown' }

/** Choose among offered subprotocols: ours if it is there. */
export function chooseSubprotocol(offered: Iterable<string>): SubprotocolChoice {
  const others: string[] = []
  for (const name of offered) {
    if (name === subprotocol) return { kind: 'same', name }
    if (name.startsWith(protocolFamily)) others.push(name)
  }
  if (others.length === 0) return { kind: 'unknown' }
  const major = Math.max(...others.map((n) => Number(n.slice(protocolFamily.length)) || 0))
  const advice =
    major > protocolMajor ? 'Update the server.' : 'Reload the page; if this stays, rebuild it.'
  return {
    kind: 'other-major',
    name: others[0],
    text: `This server speaks ${subprotocol}, the client ${others.join(', ')}. ${advice}`,
  }
}
