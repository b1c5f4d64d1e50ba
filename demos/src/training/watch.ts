import type { Env } from '@skillweave/mdp'
import {
  type Channel,
  createBodiesWriter,
  createEncoder,
  describeObject,
  describeRobot,
  type Encoder,
  gridSpec,
  signalsSpec,
} from '@skillweave/protocol'
import { servePage } from '../serve-page.ts'

/** Distance between neighbouring copies as shown, m. In the simulation they are elsewhere. */
const spacing = 3
const copiesMax = 64

export interface Watch {
  /** Curves: call after every iteration. */
  show(metrics: Readonly<Record<string, number>>): void
  close(): Promise<void>
}

/** Serve a page on which the robots are seen while they learn. */
export async function watchTraining(env: Env, title: string, port: number): Promise<Watch> {
  const server = await servePage(port)
  process.stderr.write(`watch at ${server.url}\n`)
  const { hub } = server
  const copies = Math.min(copiesMax, env.nEnvs)
  const side = Math.ceil(Math.sqrt(copies))
  const robot = describeRobot({ id: 'learners', robot: env.robot })
  const objects = env.task.scene.objects.map(describeObject)
  hub.setScene({ title, description: env.task.description, ground: {}, objects })
  hub.setRobots([robot])
  // Learning is watched, not steered.
  hub.setWorld({ paused: false, speed: 1, controllers: [], targets: [], accepts: [] })
  const endings = Object.keys(env.task.terminations)
  const channel = hub.openChannel(gridSpec({ robot, objects, copies, endings }))
  const writer = createBodiesWriter(channel, robot)
  const base = new Float64Array(3)
  const placed = new Float64Array(3 * objects.length)
  let last = 0
  let time = 0
  env.onControlStep = () => {
    time += env.task.controlDt_s
    hub.drain()
    const now = performance.now()
    if (now - last < 50) return
    last = now
    for (let e = 0; e < copies; e++) {
      const s = env.states[e]
      const x = spacing * ((e % side) - (side - 1) / 2)
      const y = spacing * (Math.floor(e / side) - (side - 1) / 2)
      base[0] = s.linkPos_w[0] + x
      base[1] = s.linkPos_w[1] + y
      base[2] = s.linkPos_w[2]
      for (let o = 0; o < placed.length; o += 3) {
        placed[o] = s.objectPos_w[o] + x
        placed[o + 1] = s.objectPos_w[o + 1] + y
        placed[o + 2] = s.objectPos_w[o + 2]
      }
      writer.set(e, {
        q: s.q,
        linkPos_w: base,
        linkQuat_w: s.linkQuat_w,
        objectPos_w: placed,
        objectQuat_w: s.objectQuat_w,
        objectLinVel_w: s.objectLinVel_w,
        footContact: s.footContact,
      })
    }
    hub.publish(channel, writer.encode(time))
  }
  let curves: { channel: Channel; names: string[]; frame: Encoder } | undefined
  const weights = rewardWeights(env)
  const openCurves = (names: string[]): NonNullable<typeof curves> => {
    const signals = names.map((name) => ({ name: curveName(name), unit: '1' as const }))
    const channel = hub.openChannel(signalsSpec({ signals }))
    return { channel, names, frame: createEncoder(channel) }
  }
  return {
    show: (metrics) => {
      curves ??= openCurves(Object.keys(metrics))
      const { channel, names, frame } = curves
      names.forEach((name, i) => {
        frame.values.values[i] = (weights[name] ?? 1) * (metrics[name] ?? 0)
      })
      hub.publish(channel, frame.encode(time))
    },
    close: async () => {
      env.onControlStep = undefined
      await server.close()
    },
  }
}

/** `reward/near` → `reward.near`, `kl` → `train.kl`: the page groups signals by what stands before the point. */
const curveName = (metric: string): string =>
  metric.includes('/') ? metric.replace('/', '.') : `train.${metric}`

/** Weight of each term of a sum, by metric: a curve shows what a term adds, not how large it is. */
function rewardWeights(env: Env): Readonly<Record<string, number>> {
  const weights: Record<string, number> = {}
  for (const { combine, terms } of Object.values(env.task.rewards)) {
    if (combine !== 'sum') continue
    for (const [name, { weight }] of Object.entries(terms)) weights[`reward/${name}`] = weight
  }
  return weights
}
