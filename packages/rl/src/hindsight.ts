import { createRng, type RngState } from '@skillweave/math'
import { checkpointFloats, decodeCheckpoint, encodeCheckpoint, writeOnnx } from '@skillweave/policy'
import { type AllReduce, reduceMetrics, singleWorker } from './all-reduce.ts'
import { actGraph, imitationGraph } from './imitation.ts'
import { loadActor } from './load-actor.ts'
import { type Activation, type ActorSpec, mlpShapes, policyModel } from './networks.ts'
import { createNormalizer } from './normalizer.ts'
import { adamStep, createParamGroup } from './param-group.ts'
import type { Learner } from './runner.ts'
import { createBatchPolicy, createSession, floatTensor, zeroTensor } from './session.ts'
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
  /** Most recent steps kept to learn from, of achievements and of other episodes each. */
  readonly bufferSize: number
  /** Share of the samples of a gradient step that are steps of episodes that achieved nothing: there the policy stays what it was. */
  readonly anchorShare: number
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
  bufferSize: 150_000,
  anchorShare: 0.25,
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
 * replaced by what was achieved. In the states of other episodes the policy stays what it was: what a network learns in
 * one state moves it in others. A checkpoint holds the policy, not the steps: a resumed run gathers them anew.
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
  const traces = createRows(nEnvs * longest, actorSize, actionSize)
  const traceNotes = new Float64Array(nEnvs * longest * noteSize)
  const length = new Int32Array(nEnvs)
  const achievements = createRows(config.bufferSize, actorSize, actionSize)
  const others = createRows(config.bufferSize, actorSize, actionSize)
  const anchor = await createBatchPolicy(options.initial)
  const anchorActions = new Float32Array(longest * actionSize)
  let iteration = 0
  let samples = 0

  function trace(e: number): void {
    if (length[e] < 0) return
    if (length[e] === longest) {
      length[e] = -1
      return
    }
    const at = e * longest + length[e]++
    traces.put(at, env.actorObs, e, actions, e)
    env.note(e, traceNotes, at * noteSize)
  }

  function keep(e: number): void {
    for (let i = 0; i < length[e]; i++) {
      const from = e * longest + i
      const to = achievements.append(traces.obs, from, traces.actions, from)
      env.relabel(e, traceNotes, from * noteSize, achievements.obs, to * actorSize)
    }
    length[e] = -1
  }

  /** An episode that has achieved nothing: what the initial policy would have done stands. */
  async function keepAnchor(e: number): Promise<void> {
    const n = length[e]
    if (n > 0 && config.anchorShare > 0) {
      const from = e * longest
      await anchor.run(traces.obs.subarray(from * actorSize), anchorActions, n)
      for (let i = 0; i < n; i++) others.append(traces.obs, from + i, anchorActions, i)
    }
    length[e] = 0
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
        if (terminated[e] === 1 || truncated[e] === 1) await keepAnchor(e)
        else if (achieved[e] === 1 && length[e] > 0) keep(e)
      }
    }
    return env_s
  }

  function fillBatch(): void {
    const nAnchors = others.count > 0 ? Math.round(config.anchorShare * rows) : 0
    for (let i = 0; i < rows; i++) {
      const source = i < nAnchors ? others : achievements
      const k = order.integer(source.count)
      batch.obs.data.set(source.obs.subarray(k * actorSize, (k + 1) * actorSize), i * actorSize)
      batch.label.data.set(
        source.actions.subarray(k * actionSize, (k + 1) * actionSize),
        i * actionSize,
      )
    }
  }

  async function iterate(progress: number): Promise<HindsightStats> {
    const start = now()
    const between = (a: number, b: number) => a + (b - a) * progress
    const lr = between(config.lr, config.lrEnd)
    const before = achievements.written
    const env_s = await collect(between(config.noise, config.noiseEnd))
    const collected = now()
    // All workers learn, or none: they exchange gradients.
    const sums = Float64Array.of(achievements.written - before, achievements.count >= rows ? 0 : 1)
    await reduce.sum(sums)
    const updates = sums[1] > 0 ? 0 : config.updates
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
      kept: sums[0] / taken,
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
    achievements.clear()
    others.clear()
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
      for (const session of [act, update, anchor]) await session.dispose()
    },
  }
}

/** Observations and actions, row by row; `append` overwrites the oldest when all rows are taken. */
function createRows(capacity: number, obsSize: number, actionSize: number) {
  const obs = new Float32Array(capacity * obsSize)
  const actions = new Float32Array(capacity * actionSize)
  let written = 0
  const put = (at: number, o: Float32Array, oRow: number, a: Float32Array, aRow: number): void => {
    for (let i = 0; i < obsSize; i++) obs[at * obsSize + i] = o[oRow * obsSize + i]
    for (let i = 0; i < actionSize; i++) actions[at * actionSize + i] = a[aRow * actionSize + i]
  }
  return {
    obs,
    actions,
    /** Rows appended so far. */
    get written() {
      return written
    },
    /** Rows there are. */
    get count() {
      return Math.min(written, capacity)
    },
    put,
    /** Returns the row it was written to. */
    append: (o: Float32Array, oRow: number, a: Float32Array, aRow: number): number => {
      const at = written++ % capacity
      put(at, o, oRow, a, aRow)
      return at
    },
    clear: () => {
      written = 0
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
