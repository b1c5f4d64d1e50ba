import { createRng, type Rng } from '@skillweave/math'
import {
  decodeControl,
  decodeEnable,
  decodeStop,
  encodeBeat,
  encodeEnable,
  encodeStop,
  parseClientMessage,
} from '@skillweave/protocol'
import { createVirtualWorld, type VirtualWorld } from './virtual-world.ts'

export interface FuzzResult {
  /** All that were thrown: some that were garbled are still right. */
  readonly frames: number
  /** Those that no correct sender sends: refused, or a stop that was garbled and stops all the same. */
  readonly malformed: number
  /** How many were refused, by who refused them. */
  readonly refused: Readonly<Record<string, number>>
  /** Exceptions and violated invariants, with the seed that shows them. */
  readonly failures: readonly string[]
}

/** Seeds that once showed a mistake, or that reach far: always run. */
export const keptSeeds = [1, 2, 3, 17, 4711] as const

const texts = [
  '{"op":"hello","role":"controller","client":{"name":"a","version":"1"},"rev":2,"features":[]}',
  '{"op":"subscribe","channel":3,"rate_hz":60}',
  '{"op":"call","id":1,"method":"lease.request","params":{"robot":"leg","layoutHash":"00"}}',
  '{"op":"call","id":2,"method":"robot.start","params":{"robot":"leg"}}',
  '{"op":"bye","reason":"done"}',
]

/**
 * Broken frames and texts of every kind, so many that are malformed, into everything that reads them, with a robot running: nothing may
 * throw, and nothing may reach a joint that should not.
 */
export function fuzz(seed: number, malformedMin: number): FuzzResult {
  const rng = createRng(`fuzz/${seed}`)
  const world = createVirtualWorld({ seed })
  const controller = world.addController('a')
  let good = new Uint8Array(0)
  const send = controller.toRobot.send
  controller.toRobot.send = (bytes, now_s) => {
    good = bytes.slice()
    send(bytes, now_s)
  }
  world.activate(controller)
  const refused: Record<string, number> = { command: 0, control: 0, enable: 0, text: 0 }
  const failures: string[] = []
  let frames = 0
  let malformed = 0
  while (malformed < malformedMin && failures.length < 10) {
    // Time goes on, so that fresh, old and future stamps are all drawn against a moving clock.
    if (frames % 200 === 0) world.run(0.02)
    try {
      if (throwOne(rng, world, good, refused)) malformed++
    } catch (error) {
      failures.push(`seed ${seed}, frame ${frames}: ${(error as Error).stack ?? error}`)
    }
    frames++
  }
  return {
    frames,
    malformed,
    refused,
    failures: [...failures, ...world.violations.map((v) => `seed ${seed}: ${v}`)],
  }
}

/** Whether it was malformed. */
function throwOne(
  rng: Rng,
  world: VirtualWorld,
  command: Uint8Array,
  refused: Record<string, number>,
): boolean {
  const refuse = (what: string): boolean => {
    refused[what]++
    return true
  }
  const time = { seq: rng.integer(2 ** 32), time_s: world.now_s }
  switch (rng.integer(8)) {
    case 0: {
      const text = garbleText(rng, texts[rng.integer(texts.length)])
      return parseClientMessage(text).ok ? false : refuse('text')
    }
    case 1: {
      const beat = encodeBeat({ ...time, echoTime_s: 1, held_s: 0.1 })
      return decodeControl(garble(rng, beat)).ok ? false : refuse('control')
    }
    case 2: {
      const grip = encodeEnable({ ...time, seenTime_s: world.now_s, grip: 1, leaseEpoch: 1 })
      const enable = decodeEnable(garble(rng, grip))
      if (!enable.ok) return refuse('enable')
      world.end.enable(enable.value, world.now_s)
      return false
    }
    case 3: {
      const stop = { stopId: 1, category: 1, cause: 10, robot: 0 } as const
      const good = encodeStop({ ...time, ...stop })
      const garbled = garble(rng, good)
      const { category } = decodeStop(garbled)
      if (category !== 0 && category !== 1) throw new Error(`a stop of category ${category}`)
      return garbled.length !== good.length || garbled.some((x, i) => x !== good[i])
    }
    default: {
      const bytes = rng.uniform() < 0.5 ? garble(rng, command) : garbleField(rng, command, world)
      return world.offer(bytes) === null ? false : refuse('command')
    }
  }
}

/** Cut, extended, flipped or spliced. */
function garble(rng: Rng, from: Uint8Array): Uint8Array {
  let bytes = from.slice()
  for (let k = 1 + rng.integer(3); k > 0; k--) {
    const at = rng.integer(bytes.length + 1)
    switch (rng.integer(4)) {
      case 0:
        bytes = bytes.slice(0, at)
        break
      case 1:
        bytes = new Uint8Array([...bytes, ...bytes.slice(at)])
        break
      case 2:
        if (at < bytes.length) bytes[at] ^= 1 << rng.integer(8)
        break
      default:
        if (bytes.length > 0) bytes.copyWithin(at, rng.integer(bytes.length))
    }
  }
  return bytes
}

const strange = [Number.NaN, Number.POSITIVE_INFINITY, -0, 5e-324, 1e-45, 3.5e38, -1, 1e6, 1]

/** A whole frame with one number that is strange, at its limits, or of another time. */
function garbleField(rng: Rng, from: Uint8Array, world: VirtualWorld): Uint8Array {
  const bytes = from.slice()
  const view = new DataView(bytes.buffer)
  if (rng.uniform() < 0.3) {
    const stamps = [world.now_s - 1, world.now_s - 0.08, world.now_s, world.now_s + 1, ...strange]
    view.setFloat64(24, stamps[rng.integer(stamps.length)], true)
  } else {
    const at = 16 + 4 * rng.integer((bytes.length - 16) / 4)
    view.setFloat32(at, strange[rng.integer(strange.length)], true)
  }
  view.setUint32(4, view.getUint32(4, true) + rng.integer(3), true)
  return bytes
}

function garbleText(rng: Rng, text: string): string {
  const at = rng.integer(text.length)
  switch (rng.integer(5)) {
    case 0:
      return text.slice(0, at)
    case 1:
      return text.slice(0, at) + '['.repeat(rng.integer(200)) + text.slice(at)
    case 2:
      return text.replace(/\d+/, () => ['1e400', '-0', '0.1', '1e-400', 'NaN'][rng.integer(5)])
    case 3:
      return text.replace('{', '{"__proto__":{"role":"operator"},')
    default:
      return text.slice(0, at) + String.fromCharCode(rng.integer(65_536)) + text.slice(at + 1)
  }
}
