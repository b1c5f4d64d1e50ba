/** Seeded random numbers. Same seed, same sequence, on every machine (integer arithmetic only). */
export interface Rng {
  /** Uniform in [0, 1). */
  uniform(): number
  /** Uniform in [low, high). */
  range(low: number, high: number): number
  /** Standard normal (Box–Muller; uses Math.log/cos, so its last bits are the JS engine's). */
  normal(): number
  /** Integer in [0, n). */
  integer(n: number): number
  /** An independent stream; the same name always gives the same stream. Does not advance this one. */
  fork(name: string | number): Rng
  /** State for a checkpoint; `createRng(0).restore(state)` continues bit for bit. */
  save(): RngState
  restore(state: RngState): void
}

/** [s0, s1, s2, s3, hasSpareNormal, spareNormal] */
export type RngState = readonly [number, number, number, number, number, number]

/** xoshiro128** (Blackman & Vigna 2018), seeded through splitmix32. */
export function createRng(seed: number | string): Rng {
  const start = typeof seed === 'string' ? hashString(seed) : seed >>> 0
  const s = new Uint32Array(4)
  let x = start
  for (let i = 0; i < 4; i++) {
    x = (x + 0x9e3779b9) >>> 0
    let z = x
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    s[i] = (z ^ (z >>> 15)) >>> 0
  }
  let spare = 0
  let hasSpare = false

  const next = (): number => {
    const r = Math.imul(rotl(Math.imul(s[1], 5), 7), 9) >>> 0
    const t = s[1] << 9
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = rotl(s[3], 11)
    return r
  }
  const uniform = (): number => next() / 4294967296

  return {
    uniform,
    range: (low, high) => low + (high - low) * uniform(),
    integer: (n) => Math.floor(uniform() * n),
    normal: () => {
      if (hasSpare) {
        hasSpare = false
        return spare
      }
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()))
      const angle = 2 * Math.PI * uniform()
      spare = radius * Math.sin(angle)
      hasSpare = true
      return radius * Math.cos(angle)
    },
    fork: (name) => createRng(hashString(`${start}/${name}`)),
    save: () => [s[0], s[1], s[2], s[3], hasSpare ? 1 : 0, spare],
    restore: (state) => {
      for (let i = 0; i < 4; i++) s[i] = state[i]
      hasSpare = state[4] === 1
      spare = state[5]
    },
  }
}

const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k))

/** FNV-1a, 32 bit. */
export function hashString(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h >>> 0
}
