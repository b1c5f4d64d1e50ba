import { createRng, type RngState } from '@skillweave/math'
import { checkpointFloats, decodeCheckpoint, encodeCheckpoint, writeOnnx } from '@skillweave/policy'
import { type AllReduce, reduceMetrics, singleWorker } from './all-reduce.ts'
import { actGraph, imitationGraph } from './imitation.ts'
import { loadActor } from './load-actor.ts'
import { type Activation, type ActorSpec, mlpShapes, policyModel } from './networks.ts'
import { createNormalizer } from './normalizer.ts'
import { adamStep, createParamGroup } from './param-group.ts'
import type { Learner } from './runner.ts'
import { createSession, floatTensor, zeroTensor } from './session.ts'
import type { HindsightEnv } from './vec-env.ts'

/** Every number of learning in hindsight. */
export interface HindsightConfig {
  /** Hidden layers of the initial policy. */
  readonly hidden: readonly number[]
  readonly activation: Activation
  readonly obsClip: number
  /** Control steps of every env in one iteration. */
  readonly steps: number
  /** Gradient steps per iteration. */
  readonly updates: number
  /** Samples per gradient step. */
  readonly minibatch: number
  /** Most recent steps of achievements kept to learn from. */
  readonly bufferSize: number
  /** Learning rate at progress 0 and 1, linear in between. */
  readonly lr: number
  readonly lrEnd: number
  readonly maxGradNorm: number
  /** Standard deviation of the noise on the actions at progress 0 and 1, linear in between: what is achieved must vary. */
  readonly noise: number
  readonly noiseEnd: number
  /** An achievement that took more control steps is not learned from. */
  readonly longest: number
}

export const hindsightDefaults: HindsightConfig = {
  hidden: [256, 256],
  activation: 'elu',
  obsClip: 10,
  steps: 64,
  updates: 48,
  minibatch: 512,
  bufferSize: 250_000,
  lr: 2e-4,
  lrEnd: 2e-5,
  maxGradNorm: 1,
  noise: 0.05,
  noiseEnd: 0.02,
  longest: 150,
}

export interface HindsightOptions {
  readonly env: HindsightEnv
  /** An exported policy that achieves something, if not yet what it is asked for. */
  readonly initial: Uint8Array
  readonly config?: Partial<HindsightConfig>
  readonly seed: number
  readonly reduce?: AllReduce
  /** A clock for the timing in the stats, s. */
  readonly now?: () => number
}

/** Measurements of one iteration. */
export interface HindsightStats {
  readonly iteration: number
  readonly samples: number
  /** Root mean square difference between the policy and what led to the achievements, per action element. */
  readonly error: number
  /** Share of the steps that led to an achievement. */
  readonly kept: number
  readonly lr: number
  readonly gradNorm: number
  readonly env: Readonly<Record<string, number>>
  readonly timing: { readonly env_s: number; readonly update_s: number; readonly total_s: number }
}

export interface HindsightLearner extends Learner<HindsightStats> {
  readonly config: HindsightConfig
  /** The policy as .onnx: input `obs` [N, actorSize], output `actions`. */
  exportOnnx(metadata?: Readonly<Record<string, string>>): Uint8Array
  dispose(): Promise<void>
}

/**
 * Learn to reach goals from what was reached (goal-conditioned supervised learning, Ghosh et al. 2021): act with
 * a little noise, and once an episode has achieved something worth repeating, imitate its actions with the goal in its observations
 * replaced by what was achieved. Nothing is learned from other episodes. A checkpoint holds the policy, not the
 * steps: a resumed run gathers them anew.
 */
export async function createHindsightLearner(options: HindsightOptions): Promise<HindsightLearner> {
  const { env, seed, reduce = singleWorker, now = () => 0 } = options
  const config = { ...hindsightDefaults, ...options.config }
  const { nEnvs, actorSize, actionSize, noteSize } = env
  const { longest } = config
  const spec: ActorSpec = {
    mlp: {
      name: 'actor',
      sizes: [actorSize, ...config.hidden, actionSize],
      activation: config.activation,
    },
    obsClip: config.obsClip,
  }
  const group = createParamGroup('actor', mlpShapes(spec.mlp))
  const norm = createNormalizer(actorSize, { reduce })
  loadActor(options.initial, spec.mlp, group, norm)
  const rng = createRng(seed)
  const noise = rng.fork(`noise/${reduce.rank}`)
  const order = rng.fork(`order/${reduce.rank}`)

  const rows = config.minibatch
  const act = await createSession(actGraph(spec))
  const update = await createSession(imitationGraph(spec, rows))
  const params = {
    ...group.tensors(group.values),
    'actorObs.mean': floatTensor(norm.mean, [actorSize]),
    'actorObs.invStd': floatTensor(norm.invStd, [actorSize]),
  }
  const obsNow = zeroTensor([nEnvs, actorSize])
  const meanNow = zeroTensor([nEnvs, actionSize])
  const actions = new Float32Array(nEnvs * actionSize)
  const batch = { obs: zeroTensor([rows, actorSize]), label: zeroTensor([rows, actionSize]) }
  const loss = zeroTensor([])
  const updateOutputs = { ...group.tensors(group.grads, 'grad.'), loss }

  // What every env has done since its episode began. A length of -1: nothing more is noted until the next one.
  const traceObs = new Float32Array(nEnvs * longest * actorSize)
  const traceActions = new Float32Array(nEnvs * longest * actionSize)
  const traceNotes = new Float64Array(nEnvs * longest * noteSize)
  const length = new Int32Array(nEnvs)
  const { bufferSize: capacity } = config
  const bufferObs = new Float32Array(capacity * actorSize)
  const bufferActions = new Float32Array(capacity * actionSize)
  let written = 0
  let iteration = 0
  let samples = 0

  function trace(e: number): void {
    if (length[e] < 0) return
    if (length[e] === longest) {
      length[e] = -1
      return
    }
    const at = e * longest + length[e]++
    traceObs.set(env.actorObs.subarray(e * actorSize, (e + 1) * actorSize), at * actorSize)
    traceActions.set(actions.subarray(e * actionSize, (e + 1) * actionSize), at * actionSize)
    env.note(e, traceNotes, at * noteSize)
  }

  function keep(e: number): void {
    for (let i = 0; i < length[e]; i++) {
      const from = e * longest + i
      const to = written++ % capacity
      bufferObs.set(traceObs.subarray(from * actorSize, (from + 1) * actorSize), to * actorSize)
      bufferActions.set(
        traceActions.subarray(from * actionSize, (from + 1) * actionSize),
        to * actionSize,
      )
      env.relabel(e, traceNotes, from * noteSize, bufferObs, to * actorSize)
    }
    length[e] = -1
  }

  async function collect(std: number): Promise<number> {
    let env_s = 0
    for (let t = 0; t < config.steps; t++) {
      obsNow.data.set(env.actorObs)
      await act.run({ ...params, obs: obsNow }, { mean: meanNow })
      for (let i = 0; i < actions.length; i++) actions[i] = meanNow.data[i] + std * noise.normal()
      for (let e = 0; e < nEnvs; e++) trace(e)
      const start = now()
      await env.step(actions)
      env_s += now() - start
      const { terminated, truncated, achieved } = env
      for (let e = 0; e < nEnvs; e++) {
        if (terminated[e] === 1 || truncated[e] === 1) length[e] = 0
        else if (achieved[e] === 1 && length[e] > 0) keep(e)
      }
    }
    return env_s
  }

  function fillBatch(): void {
    const available = Math.min(written, capacity)
    for (let i = 0; i < rows; i++) {
      const k = order.integer(available)
      batch.obs.data.set(bufferObs.subarray(k * actorSize, (k + 1) * actorSize), i * actorSize)
      batch.label.data.set(
        bufferActions.subarray(k * actionSize, (k + 1) * actionSize),
        i * actionSize,
      )
    }
  }

  async function iterate(progress: number): Promise<HindsightStats> {
    const start = now()
    const between = (a: number, b: number) => a + (b - a) * progress
    const lr = between(config.lr, config.lrEnd)
    const before = written
    const env_s = await collect(between(config.noise, config.noiseEnd))
    const collected = now()
    // All workers learn, or none: they exchange gradients.
    const sums = Float64Array.of(0, written - before, written >= rows ? 0 : 1)
    await reduce.sum(sums)
    const updates = sums[2] > 0 ? 0 : config.updates
    let gradNorm = 0
    const errors = new Float64Array(1)
    for (let u = 0; u < updates; u++) {
      fillBatch()
      await update.run({ ...params, ...batch }, updateOutputs)
      errors[0] += loss.data[0]
      await reduce.sum(group.grads)
      gradNorm += adamStep(group, {
        lr,
        maxNorm: config.maxGradNorm,
        gradScale: 1 / reduce.size,
      })
    }
    await reduce.sum(errors)
    iteration++
    const taken = config.steps * nEnvs * reduce.size
    samples += taken
    const nUpdates = Math.max(1, updates)
    return {
      iteration,
      samples,
      error: Math.sqrt(errors[0] / (nUpdates * reduce.size)),
      kept: sums[1] / taken,
      lr,
      gradNorm: gradNorm / nUpdates,
      env: await reduceMetrics(env.metrics(), reduce),
      timing: { env_s, update_s: now() - collected, total_s: now() - start },
    }
  }

  const save = (): Uint8Array => {
    const state: HindsightState = {
      iteration,
      samples,
      adamSteps: group.stepCount,
      noise: noise.save(),
      order: order.save(),
      env: env.save(),
    }
    // The runner starts a fresh world after a checkpoint: episodes begin anew.
    length.fill(0)
    const { values, m, v } = group
    return encodeCheckpoint({
      tensors: Object.fromEntries(
        Object.entries({ values, m, v, actorObs: norm.save() }).map(([name, data]) => [
          name,
          { shape: [data.length], data },
        ]),
      ),
      metadata: { kind: 'hindsight', state: JSON.stringify(state) },
    })
  }

  const restore = (bytes: Uint8Array): void => {
    const checkpoint = decodeCheckpoint(bytes)
    const { kind, state: text } = checkpoint.metadata
    if (kind !== 'hindsight' || text === undefined) {
      throw new Error(
        `a checkpoint of learning in hindsight was expected, found kind ${kind ?? 'unknown'}`,
      )
    }
    for (const part of ['values', 'm', 'v'] as const) {
      group[part].set(checkpointFloats(checkpoint, part, group[part].length))
    }
    norm.restore(checkpointFloats(checkpoint, 'actorObs', 2 * actorSize + 1))
    const state = JSON.parse(text) as HindsightState
    ;({ iteration, samples } = state)
    group.stepCount = state.adamSteps
    noise.restore(state.noise)
    order.restore(state.order)
    env.restore(state.env)
    length.fill(0)
    written = 0
  }

  return {
    config,
    get iteration() {
      return iteration
    },
    get samples() {
      return samples
    },
    iterate,
    save,
    restore,
    exportOnnx: (metadata = {}) => writeOnnx(policyModel(spec, group, norm, metadata)),
    dispose: async () => {
      for (const session of [act, update]) await session.dispose()
    },
  }
}

interface HindsightState {
  readonly iteration: number
  readonly samples: number
  readonly adamSteps: number
  readonly noise: RngState
  readonly order: RngState
  readonly env: unknown
}
