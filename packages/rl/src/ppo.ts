import { createRng, type RngState } from '@skillweave/math'
import { checkpointFloats, decodeCheckpoint, encodeCheckpoint, writeOnnx } from '@skillweave/policy'
import { type AllReduce, reduceMetrics, singleWorker } from './all-reduce.ts'
import { horizonsOf, type PpoConfig, ppoConfig } from './config.ts'
import { computeGae } from './gae.ts'
import { loadActor } from './load-actor.ts'
import { type ActorHead, initMlp, mlpShapes, policyModel } from './networks.ts'
import { createNormalizer } from './normalizer.ts'
import { adamStep, createParamGroup, type ParamGroup } from './param-group.ts'
import { actGraph, actorShapes, type PpoNetworks, updateGraph, valueGraph } from './ppo-graphs.ts'
import { createRollout } from './rollout.ts'
import type { Learner } from './runner.ts'
import { createBatchPolicy, createSession, floatTensor, zeroTensor } from './session.ts'
import { checkSymmetry, type VecEnv } from './vec-env.ts'

export interface PpoOptions {
  readonly env: VecEnv
  readonly config?: Partial<PpoConfig>
  /** Initial weights, exploration and sample order derive from it. */
  readonly seed: number
  /** What stands between the network and the action. */
  readonly head?: ActorHead
  /** An exported policy with the same network to start from: weights and observation statistics. */
  readonly initial?: Uint8Array | undefined
  /** How the workers of one run agree; a single one by default. */
  readonly reduce?: AllReduce
  /** A clock for the timing in the stats, s. Without one the timing is 0. */
  readonly now?: () => number
}

/** Measurements of one iteration. */
export interface PpoStats {
  readonly iteration: number
  /** Samples of all workers since the start of the run. */
  readonly samples: number
  /** KL divergence between the policies before and after, mean of the last epoch. */
  readonly kl: number
  /** Learning rate of the actor in this iteration. */
  readonly lr: number
  /** Mean standard deviation of the exploration. */
  readonly std: number
  readonly surrogate: number
  readonly valueLoss: number
  /** 1 - Var(return - value) / Var(return), mean of the reward groups. */
  readonly explainedVariance: number
  readonly actorGradNorm: number
  readonly criticGradNorm: number
  /** Divergence from the initial policy; 0 without anchor. */
  readonly anchor: number
  /** Mean scaled reward per step, all groups. */
  readonly reward: number
  /** The environment's own, mean over the workers. */
  readonly env: Readonly<Record<string, number>>
  readonly timing: {
    readonly env_s: number
    readonly inference_s: number
    readonly update_s: number
    readonly total_s: number
  }
}

export interface Ppo extends Learner<PpoStats> {
  readonly config: PpoConfig
  /** The deterministic policy as .onnx: input `obs` [N, actorSize], output `actions`. */
  exportOnnx(metadata?: Readonly<Record<string, string>>): Uint8Array
  dispose(): Promise<void>
}

/** Proximal policy optimisation (Schulman et al. 2017) on an environment that has been started. */
export async function createPpo(options: PpoOptions): Promise<Ppo> {
  const { env, seed, head, initial, reduce = singleWorker, now = () => 0 } = options
  const config = ppoConfig(options.config)
  const { actorSize, criticSize, actionSize } = env
  const nGroups = env.rewardGroups.length
  const horizons = horizonsOf(env.rewardGroups, config)
  const symmetry = config.symmetric ? env.symmetry : undefined
  if (symmetry) {
    checkSymmetry('actor observation', symmetry.actor, actorSize)
    checkSymmetry('critic observation', symmetry.critic, criticSize)
    checkSymmetry('action', symmetry.action, actionSize)
  }
  const rollout = createRollout(env, config.steps)
  const { nSamples } = rollout
  if (nSamples % config.minibatches !== 0) {
    throw new Error(
      `${config.steps} steps of ${env.nEnvs} envs cannot be cut into ${config.minibatches} minibatches`,
    )
  }
  const rows = nSamples / config.minibatches

  const { activation } = config
  const nets: PpoNetworks = {
    actor: {
      mlp: {
        name: 'actor',
        sizes: [actorSize, ...config.hidden, head?.size ?? actionSize],
        activation,
      },
      obsClip: config.obsClip,
      head,
      symmetry,
    },
    critic: { name: 'critic', sizes: [criticSize, ...config.criticHidden, nGroups], activation },
    actionSize,
    config,
  }
  const actor = createParamGroup('actor', actorShapes(nets))
  const critic = createParamGroup('critic', mlpShapes(nets.critic))
  const actorNorm = createNormalizer(actorSize, { reduce, symmetry: symmetry?.actor })
  const criticNorm = createNormalizer(criticSize, { reduce, symmetry: symmetry?.critic })
  const rng = createRng(seed)
  initMlp(nets.actor.mlp, actor, rng.fork('actor'), config.actorOutputScale)
  initMlp(nets.critic, critic, rng.fork('critic'), config.criticOutputScale)
  if (head?.bias) lastBias(nets, actor).set(Float32Array.from(head.bias))
  const logStd = new Float32Array(actionSize).fill(Math.log(config.std.start))
  if (config.std.kind === 'learned') actor.view(actor.values, 'logStd').set(logStd)
  const noise = rng.fork(`noise/${reduce.rank}`)
  const order = rng.fork(`order/${reduce.rank}`)
  if (initial) loadActor(initial, nets.actor.mlp, actor, actorNorm)

  const anchored = initial !== undefined && (config.anchorWeight > 0 || config.anchorWeightEnd > 0)
  const anchorPolicy = anchored ? await createBatchPolicy(initial) : undefined
  const anchorMeans = new Float32Array(anchored ? nSamples * actionSize : 0)
  const act = await createSession(actGraph(nets))
  const value = await createSession(valueGraph(nets))
  const update = await createSession(updateGraph(nets, { rows, nGroups, anchored }))

  const stats = {
    'actorObs.mean': actorNorm.mean,
    'actorObs.invStd': actorNorm.invStd,
    'criticObs.mean': criticNorm.mean,
    'criticObs.invStd': criticNorm.invStd,
  }
  const statTensors = Object.fromEntries(
    Object.entries(stats).map(([name, data]) => [name, floatTensor(data, [data.length])]),
  )
  const { logStd: _logStd, ...actorTensors } = actor.tensors(actor.values)
  const { 'criticObs.mean': criticMean, 'criticObs.invStd': criticInvStd } = statTensors
  const criticTensors = critic.tensors(critic.values)
  const valueParams = {
    ...criticTensors,
    'criticObs.mean': criticMean,
    'criticObs.invStd': criticInvStd,
  }
  const actParams = { ...actorTensors, ...criticTensors, ...statTensors }
  const batch = {
    actorObs: zeroTensor([rows, actorSize]),
    criticObs: zeroTensor([rows, criticSize]),
    actions: zeroTensor([rows, actionSize]),
    oldMean: zeroTensor([rows, actionSize]),
    advantages: zeroTensor([rows, 1]),
    returns: zeroTensor([rows, nGroups]),
    oldLogStd: zeroTensor([actionSize]),
    ...(anchored
      ? { anchorMean: zeroTensor([rows, actionSize]), anchorWeight: zeroTensor([]) }
      : {}),
  }
  const updateInputs = {
    ...actor.tensors(actor.values),
    ...criticTensors,
    ...statTensors,
    ...batch,
  }
  const measured = {
    kl: zeroTensor([]),
    surrogate: zeroTensor([]),
    valueLoss: zeroTensor([]),
    ...(anchored ? { anchor: zeroTensor([]) } : {}),
  }
  const updateOutputs = {
    ...actor.tensors(actor.grads, 'grad.'),
    ...critic.tensors(critic.grads, 'grad.'),
    ...measured,
  }

  const groupAdvantages = new Float32Array(nSamples)
  const advantages = new Float32Array(nSamples)
  const returns = env.rewardGroups.map(() => new Float32Array(nSamples))
  const std = new Float32Array(actionSize)
  const indices = new Int32Array(nSamples)
  let iteration = 0
  let samples = 0
  let lr = config.lr

  function setStd(progress: number): void {
    if (config.std.kind === 'fixed') {
      const { start, end } = config.std
      logStd.fill(Math.log(start + (end - start) * progress))
    } else {
      const raw = actor.view(actor.values, 'logStd')
      const mirror = symmetry?.action.index
      for (let j = 0; j < actionSize; j++) logStd[j] = 0.5 * (raw[j] + raw[mirror ? mirror[j] : j])
    }
    for (let j = 0; j < actionSize; j++) std[j] = Math.exp(logStd[j])
    batch.oldLogStd.data.set(logStd)
  }

  const collect = () =>
    rollout.collect({
      act,
      value,
      actParams,
      valueParams,
      std,
      rng: noise,
      gammas: horizons.map(({ gamma }) => gamma),
      rewardScale: config.rewardScale,
      now,
    })

  async function learnStatistics(): Promise<void> {
    if (actorNorm.count < config.normalizerSamples) {
      await actorNorm.update(rollout.actorObs, nSamples)
    }
    if (criticNorm.count < config.normalizerSamples) {
      await criticNorm.update(rollout.criticObs, nSamples)
    }
  }

  /** Advantages normalised per group over all workers, then their weighted mean. */
  async function computeAdvantages(): Promise<{ explainedVariance: number; reward: number }> {
    const weights = env.rewardGroups.map((name) => config.groupWeights[name] ?? 1)
    const weightSum = weights.reduce((a, b) => a + b, 0)
    advantages.fill(0)
    let explainedVariance = 0
    let reward = 0
    for (let g = 0; g < nGroups; g++) {
      computeGae(
        {
          nSteps: config.steps,
          nEnvs: env.nEnvs,
          ...horizons[g],
          rewards: rollout.rewards[g],
          values: rollout.values[g],
          ended: rollout.ended,
        },
        groupAdvantages,
        returns[g],
      )
      const sums = new Float64Array(6)
      for (let k = 0; k < nSamples; k++) {
        sums[0] += groupAdvantages[k]
        sums[1] += groupAdvantages[k] ** 2
        sums[2] += returns[g][k]
        sums[3] += returns[g][k] ** 2
        sums[4] += rollout.rewards[g][k]
        sums[5] += 1
      }
      if (!Number.isFinite(sums[4])) {
        throw new Error(`iteration ${iteration}: reward group ${env.rewardGroups[g]} is not finite`)
      }
      await reduce.sum(sums)
      const n = sums[5]
      const mean = sums[0] / n
      const variance = Math.max(0, sums[1] / n - mean * mean)
      const returnVariance = Math.max(1e-12, sums[3] / n - (sums[2] / n) ** 2)
      explainedVariance += (1 - variance / returnVariance) / nGroups
      reward += sums[4] / n
      const scale = weights[g] / weightSum / (Math.sqrt(variance) + 1e-8)
      for (let k = 0; k < nSamples; k++) advantages[k] += (groupAdvantages[k] - mean) * scale
    }
    return { explainedVariance, reward }
  }

  function fillBatch(first: number): void {
    for (let i = 0; i < rows; i++) {
      const k = indices[first + i]
      // Mirrored rows cost nothing and are exactly valid for an equivariant actor.
      const flip = symmetry !== undefined && order.uniform() < 0.5
      const copy = (
        to: Float32Array,
        from: Float32Array,
        size: number,
        kind: 'actor' | 'critic' | 'action',
      ): void => {
        const o = i * size
        const p = k * size
        if (flip && symmetry) {
          const { index, sign } = symmetry[kind]
          for (let j = 0; j < size; j++) to[o + j] = sign[j] * from[p + index[j]]
        } else for (let j = 0; j < size; j++) to[o + j] = from[p + j]
      }
      copy(batch.actorObs.data, rollout.actorObs, actorSize, 'actor')
      copy(batch.criticObs.data, rollout.criticObs, criticSize, 'critic')
      copy(batch.actions.data, rollout.actions, actionSize, 'action')
      copy(batch.oldMean.data, rollout.means, actionSize, 'action')
      if (batch.anchorMean) copy(batch.anchorMean.data, anchorMeans, actionSize, 'action')
      batch.advantages.data[i] = advantages[k]
      for (let g = 0; g < nGroups; g++) batch.returns.data[i * nGroups + g] = returns[g][k]
    }
  }

  async function learn(rate: number, criticRate: number) {
    const sums = new Float64Array(6)
    for (let k = 0; k < nSamples; k++) indices[k] = k
    for (let epoch = 0; epoch < config.epochs; epoch++) {
      shuffle(indices, (n) => order.integer(n))
      sums[0] = 0
      for (let b = 0; b < config.minibatches; b++) {
        fillBatch(b * rows)
        await update.run(updateInputs, updateOutputs)
        sums[0] += measured.kl.data[0]
        sums[1] += measured.surrogate.data[0]
        sums[2] += measured.valueLoss.data[0]
        sums[3] += measured.anchor?.data[0] ?? 0
        await reduce.sum(actor.grads)
        await reduce.sum(critic.grads)
        const gradScale = 1 / reduce.size
        const maxNorm = config.maxGradNorm
        if (rate > 0) sums[4] += adamStep(actor, { lr: rate, maxNorm, gradScale }) / reduce.size
        sums[5] += adamStep(critic, { lr: criticRate, maxNorm, gradScale }) / reduce.size
        if (config.std.kind === 'learned') clampLogStd(config.std)
      }
    }
    await reduce.sum(sums)
    const perBatch = 1 / (config.minibatches * reduce.size)
    const perStep = perBatch / config.epochs
    return {
      kl: sums[0] * perBatch,
      surrogate: sums[1] * perStep,
      valueLoss: sums[2] * perStep,
      anchor: sums[3] * perStep,
      actorGradNorm: sums[4] * perStep * reduce.size,
      criticGradNorm: sums[5] * perStep * reduce.size,
    }
  }

  function clampLogStd({ min, max }: { min: number; max: number }): void {
    const raw = actor.view(actor.values, 'logStd')
    for (let j = 0; j < raw.length; j++) {
      raw[j] = Math.min(Math.max(raw[j], Math.log(min)), Math.log(max))
    }
  }

  async function iterate(progress: number): Promise<PpoStats> {
    const start = now()
    setStd(progress)
    if (actorNorm.count === 0) {
      // One rollout only to learn the scale of the observations.
      await collect()
      await learnStatistics()
      samples += nSamples * reduce.size
      env.metrics()
    } else if (criticNorm.count === 0) {
      await collect()
      await criticNorm.update(rollout.criticObs, nSamples)
      samples += nSamples * reduce.size
      env.metrics()
    }
    const { env_s, inference_s } = await collect()
    const collected = now()
    const { explainedVariance, reward } = await computeAdvantages()
    if (anchorPolicy && batch.anchorWeight) {
      await anchorPolicy.run(rollout.actorObs, anchorMeans, nSamples)
      const { anchorWeight, anchorWeightEnd } = config
      batch.anchorWeight.data[0] = anchorWeight + (anchorWeightEnd - anchorWeight) * progress
    }
    const { lrDecayFrom, lrDecayTo } = config
    const decaying = progress > lrDecayFrom && lrDecayFrom < 1
    const left = decaying ? (1 - progress) / (1 - lrDecayFrom) : 1
    const decay = lrDecayTo + (1 - lrDecayTo) * left
    const sinceStart = iteration - config.criticOnlyIterations
    const warmup = sinceStart < 0 ? 0 : sinceStart < config.lrWarmupIterations ? 0.3 : 1
    const usedLr = lr * decay * warmup
    const learned = await learn(usedLr, config.criticLr * decay)
    if (config.klTarget > 0 && !decaying && warmup === 1) {
      if (learned.kl > 1.5 * config.klTarget) lr = Math.max(config.lrMin, lr / 1.3)
      else if (learned.kl < config.klTarget / 1.5) lr = Math.min(config.lrMax, lr * 1.2)
    }
    await learnStatistics()
    iteration++
    samples += nSamples * reduce.size
    return {
      iteration,
      samples,
      ...learned,
      lr: usedLr,
      std: std.reduce((a, b) => a + b, 0) / actionSize,
      explainedVariance,
      reward,
      env: await reduceMetrics(env.metrics(), reduce),
      timing: { env_s, inference_s, update_s: now() - collected, total_s: now() - start },
    }
  }

  const save = (): Uint8Array => {
    const tensors: Record<string, { shape: number[]; data: Float32Array | Float64Array }> = {}
    const put = (name: string, data: Float32Array | Float64Array): void => {
      tensors[name] = { shape: [data.length], data }
    }
    for (const group of [actor, critic]) {
      for (const part of groupParts) put(`${group.name}/${part}`, group[part])
    }
    put('actorObs', actorNorm.save())
    put('criticObs', criticNorm.save())
    const state: PpoState = {
      iteration,
      samples,
      lr,
      adamSteps: [actor.stepCount, critic.stepCount],
      noise: noise.save(),
      order: order.save(),
      env: env.save(),
    }
    return encodeCheckpoint({ tensors, metadata: { kind: 'ppo', state: JSON.stringify(state) } })
  }

  const restore = (bytes: Uint8Array): void => {
    const checkpoint = decodeCheckpoint(bytes)
    const { kind, state: text } = checkpoint.metadata
    if (kind !== 'ppo' || text === undefined) {
      throw new Error(`a PPO checkpoint was expected, found one of kind ${kind ?? 'unknown'}`)
    }
    const take = (name: string, size: number) => checkpointFloats(checkpoint, name, size)
    for (const group of [actor, critic]) {
      for (const part of groupParts) {
        group[part].set(take(`${group.name}/${part}`, group[part].length))
      }
    }
    actorNorm.restore(take('actorObs', 2 * actorSize + 1))
    criticNorm.restore(take('criticObs', 2 * criticSize + 1))
    const state = JSON.parse(text) as PpoState
    ;({ iteration, samples, lr } = state)
    ;[actor.stepCount, critic.stepCount] = state.adamSteps
    noise.restore(state.noise)
    order.restore(state.order)
    env.restore(state.env)
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
    exportOnnx: (metadata = {}) => writeOnnx(policyModel(nets.actor, actor, actorNorm, metadata)),
    dispose: async () => {
      for (const session of [act, value, update, anchorPolicy]) await session?.dispose()
    },
  }
}

interface PpoState {
  readonly iteration: number
  readonly samples: number
  readonly lr: number
  readonly adamSteps: [number, number]
  readonly noise: RngState
  readonly order: RngState
  readonly env: unknown
}

const groupParts = ['values', 'm', 'v'] as const

function lastBias({ actor }: PpoNetworks, group: ParamGroup): Float32Array {
  return group.view(group.values, `actor.${actor.mlp.sizes.length - 2}.bias`)
}

function shuffle(list: Int32Array, integer: (n: number) => number): void {
  for (let i = list.length - 1; i > 0; i--) {
    const j = integer(i + 1)
    const x = list[i]
    list[i] = list[j]
    list[j] = x
  }
}
