import { createRng, type RngState } from '@skillweave/math'
import { checkpointFloats, decodeCheckpoint, encodeCheckpoint, writeOnnx } from '@skillweave/policy'
import { type AllReduce, reduceMetrics, singleWorker } from './all-reduce.ts'
import { actGraph, imitationGraph } from './imitation.ts'
import { loadActor } from './load-actor.ts'
import { type Activation, type ActorSpec, initMlp, mlpShapes, policyModel } from './networks.ts'
import { createNormalizer } from './normalizer.ts'
import { adamStep, createParamGroup } from './param-group.ts'
import type { Learner } from './runner.ts'
import { createBatchPolicy, createSession, floatTensor, zeroTensor } from './session.ts'
import { checkSymmetry, type TeachableEnv } from './vec-env.ts'

/** Every number of the distillation. */
export interface DistillConfig {
  /** Hidden layers of the student. */
  readonly hidden: readonly number[]
  readonly activation: Activation
  /** Scale of the student's initial last layer. */
  readonly outputScale: number
  /** Normalised observations are clipped to ± this. */
  readonly obsClip: number
  /** Observation statistics are frozen after this many samples. */
  readonly normalizerSamples: number
  /** Control steps of every env in one iteration. */
  readonly steps: number
  /** Gradient steps per iteration. */
  readonly updates: number
  /** Samples per gradient step. */
  readonly minibatch: number
  /** Most recent samples kept to learn from. */
  readonly bufferSize: number
  /** Learning rate at progress 0 and 1, linear in between. */
  readonly lr: number
  readonly lrEnd: number
  readonly maxGradNorm: number
  /** The share of envs driven by their teacher falls from 1 to 0 until this progress. */
  readonly teacherUntil: number
  /** Standard deviation of the noise on the driven actions: shows the student how to recover. */
  readonly noise: number
  /** Use the env's symmetry, if it has one: equivariant student. */
  readonly symmetric: boolean
}

export const distillDefaults: DistillConfig = {
  hidden: [256, 256],
  activation: 'elu',
  outputScale: 0.1,
  obsClip: 10,
  normalizerSamples: 300_000,
  steps: 32,
  updates: 64,
  minibatch: 512,
  bufferSize: 300_000,
  lr: 1e-3,
  lrEnd: 1e-4,
  maxGradNorm: 1,
  teacherUntil: 0.3,
  noise: 0.05,
  symmetric: true,
}

export interface DistillOptions {
  readonly env: TeachableEnv
  /**
   * Exported policies, in the order of `env.teacherOf`; undefined where the env asks for none. One that sees less
   * than the env shows teachers gets the first numbers.
   */
  readonly teachers: readonly (Uint8Array | undefined)[]
  readonly config?: Partial<DistillConfig>
  /** An exported policy to start from. */
  readonly initial?: Uint8Array | undefined
  readonly seed: number
  readonly reduce?: AllReduce
  /** A clock for the timing in the stats, s. */
  readonly now?: () => number
}

/** Measurements of one iteration. */
export interface DistillStats {
  readonly iteration: number
  readonly samples: number
  /** Root mean square difference between student and label, per action element. */
  readonly error: number
  /** Share of envs driven by their teacher. */
  readonly teacherShare: number
  readonly lr: number
  readonly gradNorm: number
  readonly env: Readonly<Record<string, number>>
  readonly timing: { readonly env_s: number; readonly update_s: number; readonly total_s: number }
}

export interface Distiller extends Learner<DistillStats> {
  readonly config: DistillConfig
  /** The student as .onnx: input `obs` [N, actorSize], output `actions`. */
  exportOnnx(metadata?: Readonly<Record<string, string>>): Uint8Array
  dispose(): Promise<void>
}

/**
 * Learn one policy from several by imitation on the states the student itself visits (DAgger, Ross
 * et al. 2011). A checkpoint holds the student, not the samples: a resumed run gathers them anew.
 */
export async function createDistiller(options: DistillOptions): Promise<Distiller> {
  const { env, seed, reduce = singleWorker, now = () => 0 } = options
  const config = { ...distillDefaults, ...options.config }
  const { nEnvs, actorSize, actionSize, teacherObsSize, teacherActionSize } = env
  const teachers = await Promise.all(
    options.teachers.map((bytes) => (bytes ? createBatchPolicy(bytes) : undefined)),
  )
  teachers.forEach((t, i) => {
    if (!t) return
    if (t.obsSize > teacherObsSize || t.actionSize !== teacherActionSize) {
      throw new Error(
        `teacher ${i} takes ${t.obsSize} observations and gives ${t.actionSize} actions; ` +
          `the env has ${teacherObsSize} and ${teacherActionSize}`,
      )
    }
  })
  const symmetry = config.symmetric ? env.symmetry : undefined
  if (symmetry) {
    checkSymmetry('actor observation', symmetry.actor, actorSize)
    checkSymmetry('action', symmetry.action, actionSize)
  }
  const spec: ActorSpec = {
    mlp: {
      name: 'actor',
      sizes: [actorSize, ...config.hidden, actionSize],
      activation: config.activation,
    },
    obsClip: config.obsClip,
    symmetry,
  }
  const group = createParamGroup('actor', mlpShapes(spec.mlp))
  const norm = createNormalizer(actorSize, { reduce, symmetry: symmetry?.actor })
  const rng = createRng(seed)
  initMlp(spec.mlp, group, rng.fork('actor'), config.outputScale)
  if (options.initial) loadActor(options.initial, spec.mlp, group, norm)
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
  const batch = { obs: zeroTensor([rows, actorSize]), label: zeroTensor([rows, actionSize]) }
  const loss = zeroTensor([])
  const updateOutputs = { ...group.tensors(group.grads, 'grad.'), loss }

  const nSamples = config.steps * nEnvs
  const capacity = Math.max(config.bufferSize - (config.bufferSize % nSamples), nSamples)
  const bufferObs = new Float32Array(capacity * actorSize)
  const bufferLabels = new Float32Array(capacity * actionSize)
  let written = 0
  let iteration = 0
  let samples = 0

  const teacherActions = new Float32Array(nEnvs * teacherActionSize)
  const labels = new Float32Array(nEnvs * actionSize)
  const driven = new Float32Array(nEnvs * actionSize)
  const partObs = new Float32Array(nEnvs * teacherObsSize)
  const partActions = new Float32Array(nEnvs * teacherActionSize)
  const partEnv = new Int32Array(nEnvs)

  /** Ask every env's own teacher. */
  async function ask(): Promise<void> {
    for (let k = 0; k < teachers.length; k++) {
      const size = teachers[k]?.obsSize ?? 0
      let n = 0
      for (let e = 0; e < nEnvs; e++) {
        if (env.teacherOf[e] !== k) continue
        const from = e * teacherObsSize
        partObs.set(env.teacherObs.subarray(from, from + size), n * size)
        partEnv[n++] = e
      }
      if (n === 0) continue
      const teacher = teachers[k]
      if (!teacher) throw new Error(`the env asks for teacher ${k}, which was not given`)
      await teacher.run(partObs, partActions, n)
      for (let i = 0; i < n; i++) {
        const from = i * teacherActionSize
        teacherActions.set(
          partActions.subarray(from, from + teacherActionSize),
          partEnv[i] * teacherActionSize,
        )
      }
    }
    env.label(teacherActions, labels)
  }

  async function collect(teacherShare: number): Promise<number> {
    let env_s = 0
    for (let t = 0; t < config.steps; t++) {
      await ask()
      obsNow.data.set(env.actorObs)
      const at = written % capacity
      bufferObs.set(env.actorObs, at * actorSize)
      bufferLabels.set(labels, at * actionSize)
      written += nEnvs
      await act.run({ ...params, obs: obsNow }, { mean: meanNow })
      for (let e = 0; e < nEnvs; e++) {
        // 0.618…: neighbours differ, and any share is spread evenly over the envs.
        const source = (e * 0.6180339887498949) % 1 < teacherShare ? labels : meanNow.data
        for (let i = e * actionSize; i < (e + 1) * actionSize; i++) {
          driven[i] = source[i] + config.noise * noise.normal()
        }
      }
      const start = now()
      await env.step(driven)
      env_s += now() - start
    }
    return env_s
  }

  async function learnStatistics(): Promise<void> {
    if (norm.count >= config.normalizerSamples) return
    const first = (written - nSamples) % capacity
    await norm.update(bufferObs.subarray(first * actorSize), nSamples)
  }

  function fillBatch(): void {
    const available = Math.min(written, capacity)
    for (let i = 0; i < rows; i++) {
      const k = order.integer(available)
      const obs = bufferObs.subarray(k * actorSize, (k + 1) * actorSize)
      const label = bufferLabels.subarray(k * actionSize, (k + 1) * actionSize)
      batch.obs.data.set(obs, i * actorSize)
      batch.label.data.set(label, i * actionSize)
    }
  }

  async function iterate(progress: number): Promise<DistillStats> {
    const start = now()
    const teacherShare = Math.max(0, 1 - progress / Math.max(config.teacherUntil, 1e-9))
    const lr = config.lr + (config.lrEnd - config.lr) * progress
    const env_s = await collect(teacherShare)
    await learnStatistics()
    const collected = now()
    const sums = new Float64Array(1)
    let gradNorm = 0
    for (let u = 0; u < config.updates; u++) {
      fillBatch()
      await update.run({ ...params, ...batch }, updateOutputs)
      sums[0] += loss.data[0]
      await reduce.sum(group.grads)
      gradNorm += adamStep(group, {
        lr,
        maxNorm: config.maxGradNorm,
        gradScale: 1 / reduce.size,
      })
    }
    await reduce.sum(sums)
    iteration++
    samples += nSamples * reduce.size
    return {
      iteration,
      samples,
      error: Math.sqrt(sums[0] / (config.updates * reduce.size)),
      teacherShare,
      lr,
      gradNorm: gradNorm / config.updates,
      env: await reduceMetrics(env.metrics(), reduce),
      timing: { env_s, update_s: now() - collected, total_s: now() - start },
    }
  }

  const save = (): Uint8Array => {
    const state: DistillState = {
      iteration,
      samples,
      adamSteps: group.stepCount,
      noise: noise.save(),
      order: order.save(),
      env: env.save(),
    }
    const { values, m, v } = group
    return encodeCheckpoint({
      tensors: Object.fromEntries(
        Object.entries({ values, m, v, actorObs: norm.save() }).map(([name, data]) => [
          name,
          { shape: [data.length], data },
        ]),
      ),
      metadata: { kind: 'distill', state: JSON.stringify(state) },
    })
  }

  const restore = (bytes: Uint8Array): void => {
    const checkpoint = decodeCheckpoint(bytes)
    const { kind, state: text } = checkpoint.metadata
    if (kind !== 'distill' || text === undefined) {
      throw new Error(`a distillation checkpoint was expected, found kind ${kind ?? 'unknown'}`)
    }
    for (const part of ['values', 'm', 'v'] as const) {
      group[part].set(checkpointFloats(checkpoint, part, group[part].length))
    }
    norm.restore(checkpointFloats(checkpoint, 'actorObs', 2 * actorSize + 1))
    const state = JSON.parse(text) as DistillState
    ;({ iteration, samples } = state)
    group.stepCount = state.adamSteps
    noise.restore(state.noise)
    order.restore(state.order)
    env.restore(state.env)
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
      for (const session of [act, update, ...teachers]) await session?.dispose()
    },
  }
}

interface DistillState {
  readonly iteration: number
  readonly samples: number
  readonly adamSteps: number
  readonly noise: RngState
  readonly order: RngState
  readonly env: unknown
}
