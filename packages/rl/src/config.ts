import type { Activation } from './networks.ts'

/** Every number of the PPO learner. `ppoConfig` fills in the defaults. */
export interface PpoConfig {
  /** Control steps of every env in one iteration. */
  readonly steps: number
  /** Parts the samples of an iteration are divided into; each gives one gradient step per epoch. */
  readonly minibatches: number
  /** Passes over the samples of an iteration. */
  readonly epochs: number
  /** Discount per control step. */
  readonly gamma: number
  /** Decay of the advantage estimate: 1 trusts the returns, 0 the value function. */
  readonly lambda: number
  /** How far the probability ratio may leave 1 before a sample stops pulling. */
  readonly clip: number
  /** Hidden layers of the actor. */
  readonly hidden: readonly number[]
  /** Hidden layers of the critic. */
  readonly criticHidden: readonly number[]
  /** Between the layers of both networks. */
  readonly activation: Activation
  /** Scale of the actor's initial last layer; small means the first actions are near zero. */
  readonly actorOutputScale: number
  /** Scale of the critic's initial last layer. */
  readonly criticOutputScale: number
  /** Factor on all rewards, chosen so that returns are of order 1 to 5. */
  readonly rewardScale: number
  /** Weight of a reward group's normalised advantages; 1 for groups not named. */
  readonly groupWeights: Readonly<Record<string, number>>
  /** A reward group's own discount and decay, where its consequences come sooner or later than the others'. */
  readonly groupHorizons: Readonly<Record<string, Horizon>>
  /** Initial learning rate of the actor. */
  readonly lr: number
  /** Learning rate of the critic. */
  readonly criticLr: number
  /** Wanted KL divergence between the policies before and after an iteration; 0 keeps `lr`. */
  readonly klTarget: number
  /** Bounds of the adapted learning rate. */
  readonly lrMin: number
  readonly lrMax: number
  /** Iterations at the start with 0.3 of the learning rate, while the critic knows nothing. */
  readonly lrWarmupIterations: number
  /** Iterations at the start in which only the critic learns: protects a good initial policy. */
  readonly criticOnlyIterations: number
  /** Progress from which both learning rates fall linearly; 1 for never. */
  readonly lrDecayFrom: number
  /** Share of the learning rates left at progress 1. */
  readonly lrDecayTo: number
  /** Longest gradient, for actor and critic separately. */
  readonly maxGradNorm: number
  /** Exploration: standard deviation of the actions, either scheduled or learned. */
  readonly std: StdConfig
  /** Normalised observations are clipped to ± this. */
  readonly obsClip: number
  /** Observation statistics are frozen after this many samples. */
  readonly normalizerSamples: number
  /** Use the env's symmetry, if it has one: equivariant actor, mirrored samples for the critic. */
  readonly symmetric: boolean
  /** Weight of the divergence from the initial policy (only with one), at progress 0 and at 1. */
  readonly anchorWeight: number
  readonly anchorWeightEnd: number
}

/** See `gamma` and `lambda`. */
export interface Horizon {
  readonly gamma: number
  readonly lambda: number
}

export type StdConfig =
  | { readonly kind: 'fixed' /** At progress 0 and 1. */; start: number; readonly end: number }
  | {
      readonly kind: 'learned'
      readonly start: number
      readonly min: number
      readonly max: number
      /** Weight of the entropy in the loss. */
      readonly entropy: number
    }

export const ppoDefaults: PpoConfig = {
  steps: 32,
  minibatches: 4,
  epochs: 5,
  gamma: 0.99,
  lambda: 0.95,
  clip: 0.2,
  hidden: [256, 128],
  criticHidden: [256, 128],
  activation: 'elu',
  actorOutputScale: 0.01,
  criticOutputScale: 0.1,
  rewardScale: 1,
  groupWeights: {},
  groupHorizons: {},
  lr: 5e-4,
  criticLr: 5e-4,
  klTarget: 0.016,
  lrMin: 5e-5,
  lrMax: 1e-3,
  lrWarmupIterations: 3,
  criticOnlyIterations: 0,
  lrDecayFrom: 0.6,
  lrDecayTo: 0.05,
  maxGradNorm: 1,
  std: { kind: 'fixed', start: 0.5, end: 0.3 },
  obsClip: 10,
  normalizerSamples: 1e9,
  symmetric: true,
  anchorWeight: 0,
  anchorWeightEnd: 0,
}

/** The defaults with `changes`; throws for values no run can use, and for unknown names. */
export function ppoConfig(changes: Partial<PpoConfig> = {}): PpoConfig {
  const config = { ...ppoDefaults, ...changes }
  const unknown = Object.keys(config).filter((key) => !Object.hasOwn(ppoDefaults, key))
  const problems = unknown.map((key) => `unknown field ${key}`)
  const check = (ok: boolean, key: keyof PpoConfig, expected: string): void => {
    if (!ok) problems.push(`${key} is ${JSON.stringify(config[key])}, expected ${expected}`)
  }
  for (const key of ['steps', 'minibatches', 'epochs'] as const) {
    check(Number.isInteger(config[key]) && config[key] > 0, key, 'a positive integer')
  }
  for (const key of ['gamma', 'lambda'] as const) {
    const isShare = (h: Horizon) => h[key] >= 0 && h[key] <= 1
    check(isShare(config), key, 'a number from 0 to 1')
    const groups = Object.values(config.groupHorizons)
    check(groups.every(isShare), 'groupHorizons', `a ${key} from 0 to 1 for each group`)
  }
  for (const key of ['clip', 'lr', 'criticLr', 'maxGradNorm', 'obsClip', 'rewardScale'] as const) {
    check(config[key] > 0, key, 'a positive number')
  }
  check(config.lrMin <= config.lrMax, 'lrMin', `at most lrMax = ${config.lrMax}`)
  check(config.std.start > 0, 'std', 'a positive start')
  if (problems.length > 0) throw new Error(`PPO configuration: ${problems.join('; ')}`)
  return config
}

/** The horizon of each reward group. Throws when the configuration names a group that does not exist. */
export function horizonsOf(groups: readonly string[], config: PpoConfig): Horizon[] {
  for (const key of ['groupWeights', 'groupHorizons'] as const) {
    for (const name of Object.keys(config[key])) {
      if (groups.includes(name)) continue
      throw new Error(
        `PPO configuration: ${key} names ${name}; the reward groups are ${groups.join(', ')}`,
      )
    }
  }
  const { gamma, lambda } = config
  return groups.map((name) => config.groupHorizons[name] ?? { gamma, lambda })
}
