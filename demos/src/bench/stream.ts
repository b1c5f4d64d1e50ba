import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks'
import { robotByName } from '@skillweave/model'
import {
  bodiesSpec,
  declareChannel,
  describeRobot,
  type ObjectDescription,
} from '@skillweave/protocol'
import { createStreamServer } from '@skillweave/stream/server'
import { loadDemo } from '../commands/demo.ts'
import { runLive } from '../live/host.ts'
import { createMemoryScale } from '../memory-scale.ts'
import { type Crowd, type CrowdPlan, gatherCrowd } from './crowd.ts'
import { measureRoundTrip } from './round-trip.ts'
import { median } from './statistics.ts'

export interface StreamBenchOptions {
  /** Which one is watched. */
  readonly demo: string
  /** Pairs of runs, without and with viewers. */
  readonly rounds: number
  /** Length of each of those runs, and of the round-trip measurement, s. */
  readonly seconds: number
  /** Length of the soak; 0 leaves it out. */
  readonly soak_min: number
  say(text: string): void
}

export interface StreamResult {
  readonly viewerFrameBytes: number
  readonly p99Ratio64: number
  readonly roundTripP99_ms: number
  /** null: left out. */
  readonly memoryGrowth: number | null
  readonly details: Readonly<Record<string, number>>
}

/** What docs/protocol.md 12 says about `bench stream`. */
export async function benchStream(options: StreamBenchOptions): Promise<StreamResult> {
  const { demo, rounds, seconds, soak_min, say } = options
  say(`control steps of demo ${demo}, alone and with 64 viewers, ${rounds} × 2 × ${seconds} s …`)
  const load = await underLoad(demo, rounds, seconds)
  say(`round trip to a controller over loopback, ${seconds} s …`)
  const trip = await measureRoundTrip(seconds)
  if (soak_min > 0) say(`soak, ${soak_min} min …`)
  const memory = soak_min > 0 ? await soak(demo, soak_min) : null
  return {
    viewerFrameBytes: viewerFrameBytes(),
    p99Ratio64: load.ratio,
    roundTripP99_ms: trip.p99_ms,
    memoryGrowth: memory?.growth ?? null,
    details: {
      ...load.details,
      roundTripP50_ms: trip.p50_ms,
      commands: trip.commands,
      ...(memory ? memory.details : {}),
    },
  }
}

const ball: ObjectDescription = {
  name: 'ball',
  motion: 'dynamic',
  mass: 0.62,
  geoms: [{ type: 'sphere', pos: [0, 0, 0], radius: 0.12 }],
  look: 'ball',
}

/** The larger frame of H1 with a ball and of a robot of as many bodies with ball joints only, as it crosses the wire. */
export function viewerFrameBytes(): number {
  const h1 = describeRobot({ id: 'h1', robot: robotByName('h1') })
  const loose = { ...h1, joints: h1.joints.map((j) => ({ ...j, type: 'spherical' as const })) }
  const sizes = [h1, loose].map((robot) => {
    const { bytes } = declareChannel(1, bodiesSpec({ robot, objects: [ball] }))
    // From 126 bytes on, a WebSocket header has two more for the length.
    return bytes + (bytes < 126 ? 2 : 4)
  })
  return Math.max(...sizes)
}

const nobody = { reading: 0, stalled: 0, slow: 0, passing: 0, seed: 1 }
const viewers64 = { ...nobody, reading: 48, stalled: 8, slow: 8 }

async function underLoad(demo: string, rounds: number, seconds: number) {
  const alone: DemoRun[] = []
  const watched: DemoRun[] = []
  // Nothing is compiled yet in the first run.
  await runDemo(demo, Math.min(5, seconds), nobody)
  for (let round = 0; round < rounds; round++) {
    alone.push(await runDemo(demo, seconds, nobody))
    watched.push(await runDemo(demo, seconds, viewers64))
  }
  const of = (runs: readonly DemoRun[], key: keyof DemoRun) => median(runs.map((r) => r[key]))
  return {
    ratio: median(watched.map((run, i) => run.stepP99_ms / alone[i].stepP99_ms)),
    details: {
      stepP50_ms: of(alone, 'stepP50_ms'),
      stepP99_ms: of(alone, 'stepP99_ms'),
      stepP99With64_ms: of(watched, 'stepP99_ms'),
      loopDelayP99_ms: of(alone, 'loopDelayP99_ms'),
      loopDelayP99With64_ms: of(watched, 'loopDelayP99_ms'),
      framesPerSecondWith64: of(watched, 'framesPerSecond'),
    },
  }
}

interface DemoRun {
  readonly stepP50_ms: number
  readonly stepP99_ms: number
  /** How long the event loop is held up, the control step included. */
  readonly loopDelayP99_ms: number
  readonly framesPerSecond: number
}

/** A demo from the same start, in real time, watched by so many. */
async function runDemo(
  demo: string,
  seconds: number,
  viewers: Omit<CrowdPlan, 'url'>,
  during: (crowd: Crowd | undefined) => () => void = () => () => {},
): Promise<DemoRun> {
  const session = await loadDemo(demo, { seed: 1 })
  const server = await createStreamServer({ port: 0 })
  const isWatched = viewers.reading + viewers.stalled + viewers.slow + viewers.passing > 0
  const crowd = isWatched
    ? await gatherCrowd({ url: `ws://127.0.0.1:${server.port}/stream`, ...viewers })
    : undefined
  const delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const stop = during(crowd)
  try {
    const { controlStep_ms } = await runLive({ session, hub: server.hub, seed: 1, seconds })
    return {
      stepP50_ms: controlStep_ms.p50,
      stepP99_ms: controlStep_ms.p99,
      loopDelayP99_ms: delay.percentile(99) / 1e6,
      framesPerSecond: (crowd?.counts().frames ?? 0) / seconds,
    }
  } finally {
    stop()
    delay.disable()
    await crowd?.leave()
    await server.close()
    session.env.dispose()
  }
}

/** Time between two looks at the memory, ms. */
const look_ms = 2000

/** A run that is watched by those who stay and those who come and go. */
async function soak(demo: string, minutes: number) {
  const memory_B = createMemoryScale()
  const used: number[] = []
  const resident: number[] = []
  let connections = 0
  await runDemo(demo, 60 * minutes, { ...nobody, reading: 4, passing: 24 }, (crowd) => {
    const timer = setInterval(() => {
      used.push(memory_B())
      resident.push(process.memoryUsage().rss)
      connections = crowd?.counts().connections ?? 0
    }, look_ms)
    return () => clearInterval(timer)
  })
  return {
    growth: growth(used),
    details: {
      soakConnections: connections,
      memory_MB: (used.at(-1) ?? Number.NaN) / 2 ** 20,
      residentGrowth: growth(resident),
      resident_MB: (resident.at(-1) ?? Number.NaN) / 2 ** 20,
    },
  }
}

/** Last fifth over second fifth, less 1: in the first the run fills the minute of past that it keeps. */
export function growth(values: readonly number[]): number {
  const fifth = (k: number) =>
    values.slice(Math.floor((k * values.length) / 5), Math.floor(((k + 1) * values.length) / 5))
  const [early, late] = [fifth(1), fifth(4)]
  if (early.length === 0) return Number.NaN
  return median(late) / median(early) - 1
}
