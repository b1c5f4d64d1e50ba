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
import type { HubCall } from '@skillweave/stream/hub'
import { servePage } from '../serve-page.ts'
import type { PolicyHistory } from './policy-history.ts'
import { createPolicyReplay, type PolicyReplay } from './replay-policy.ts'

/** Distance between neighbouring copies as shown, m. In the simulation they are elsewhere. */
const spacing = 3
const copiesMax = 64

export interface Watch {
  /** Curves: call after every iteration. */
  show(metrics: Readonly<Record<string, number>>): void
  /** Another policy has been kept. */
  kept(): void
  close(): Promise<void>
}

/** The controller that is the run itself. */
const learning = 'now'

/** Serve a page on which the robots are seen while they learn, and its policies as they were. */
export async function watchTraining(options: {
  readonly env: Env
  readonly title: string
  readonly port: number
  readonly seed: number
  readonly history: PolicyHistory
  /** A robot to show an earlier policy with. */
  readonly makeSpectacle: () => Promise<Env>
}): Promise<Watch> {
  const { env, title, history } = options
  const server = await servePage(options.port)
  process.stderr.write(`watch at ${server.url}\n`)
  const { hub } = server
  const copies = Math.min(copiesMax, env.nEnvs)
  const side = Math.ceil(Math.sqrt(copies))
  const robot = describeRobot({ id: 'learners', robot: env.robot })
  const objects = env.task.scene.objects.map(describeObject)
  hub.setScene({ title, description: env.task.description, ground: {}, objects })
  hub.setRobots([robot])
  const endings = Object.keys(env.task.terminations)
  const channel = hub.openChannel(gridSpec({ robot, objects, copies, endings }))
  const writer = createBodiesWriter(channel, robot)
  const base = new Float64Array(3)
  const placed = new Float64Array(3 * objects.length)
  let last = 0
  let time = 0
  let isCut = false
  let shown = learning
  let replay: PolicyReplay | undefined

  // Learning is watched, not steered; but one may look at a policy as it was.
  const announce = (): void =>
    hub.setWorld({
      paused: false,
      speed: 1,
      controllers: [...history.iterations.map(nameOf), learning],
      controller: shown,
      targets: [],
      accepts: ['controller.select'],
    })
  const select = async (name: string): Promise<void> => {
    if (name === learning) {
      replay?.stop()
      hub.setRobots([robot])
      isCut = true
    } else {
      const onnx = history.read(iterationOf(name))
      replay ??= createPolicyReplay(hub, {
        env: await options.makeSpectacle(),
        seed: options.seed,
        time_s: () => time,
      })
      await replay.show(onnx)
      hub.setRobots([replay.robot])
    }
    shown = name
    hub.cut(time, 'load')
    announce()
  }
  const obey = (call: HubCall): void => {
    if (call.method !== 'controller.select') {
      call.refuse({ code: 'not-available', text: 'learning is watched, not steered' })
      return
    }
    const { controller } = call.params
    const known = [...history.iterations.map(nameOf), learning]
    if (!known.includes(controller)) {
      call.refuse({ code: 'unknown-name', text: `no policy "${controller}"`, known })
      return
    }
    select(controller).then(
      () => call.accept(null),
      (error: Error) => call.refuse({ code: 'refused', text: error.message }),
    )
  }
  const subscription = hub.calls$.subscribe(obey)
  // Calls wait for the loop; a long update must not keep them waiting.
  const timer = setInterval(() => hub.drain(), 50)
  announce()
  env.onControlStep = () => {
    time += env.task.controlDt_s
    const now = performance.now()
    if (now - last < 50 || shown !== learning) return
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
    hub.publish(channel, writer.encode(time, isCut ? 5 : 1))
    isCut = false
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
    kept: announce,
    close: async () => {
      env.onControlStep = undefined
      clearInterval(timer)
      subscription.unsubscribe()
      await replay?.dispose()
      await server.close()
    },
  }
}

const nameOf = (iteration: number): string => `iteration ${iteration}`
const iterationOf = (name: string): number => Number(name.slice('iteration '.length))

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
