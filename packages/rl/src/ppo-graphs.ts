import type { OnnxModel } from '@skillweave/policy'
import { Tape, type Tensor } from './autodiff.ts'
import type { PpoConfig } from './config.ts'
import { type ActorSpec, actorMean, type MlpSpec, mlp, mlpShapes, normalize } from './networks.ts'
import type { SignedPermutation } from './vec-env.ts'

/** What the three PPO graphs are made of. */
export interface PpoNetworks {
  readonly actor: ActorSpec
  readonly critic: MlpSpec
  readonly actionSize: number
  readonly config: PpoConfig
}

/** Tensors of the actor group: the network, and the log standard deviation when it is learned. */
export const actorShapes = ({ actor, actionSize, config }: PpoNetworks) => ({
  ...mlpShapes(actor.mlp),
  ...(config.std.kind === 'learned' ? { logStd: [actionSize] } : {}),
})

const feeds =
  (tape: Tape) =>
  (name: string, shape: readonly number[]): Tensor =>
    tape.input(name, shape)

function criticValue(tape: Tape, nets: PpoNetworks, source: ReturnType<typeof feeds>, obs: Tensor) {
  const normalized = normalize(
    tape,
    { name: 'criticObs', size: nets.critic.sizes[0], limit: nets.config.obsClip },
    source,
  )
  return mlp(tape, nets.critic, source, normalized(obs))
}

/** Rollout: `actorObs`, `criticObs` → `mean`, `value`. */
export function actGraph(nets: PpoNetworks): OnnxModel {
  const tape = new Tape('act')
  const actorObs = tape.input('actorObs', ['B', nets.actor.mlp.sizes[0]])
  const criticObs = tape.input('criticObs', ['B', nets.critic.sizes[0]])
  tape.output('mean', actorMean(tape, nets.actor, feeds(tape), actorObs))
  tape.output('value', criticValue(tape, nets, feeds(tape), criticObs))
  return tape.model()
}

/** `criticObs` → `value`. */
export function valueGraph(nets: PpoNetworks): OnnxModel {
  const tape = new Tape('value')
  const obs = tape.input('criticObs', ['B', nets.critic.sizes[0]])
  tape.output('value', criticValue(tape, nets, feeds(tape), obs))
  return tape.model()
}

/** One minibatch: losses, measurements, and the gradient of every parameter. */
export function updateGraph(
  nets: PpoNetworks,
  { rows, nGroups, anchored }: { rows: number; nGroups: number; anchored: boolean },
): OnnxModel {
  const { config, actionSize } = nets
  const tape = new Tape('update')
  const isParam = new Set([
    ...Object.keys(actorShapes(nets)),
    ...Object.keys(mlpShapes(nets.critic)),
  ])
  const source = (name: string, shape: readonly number[]): Tensor =>
    isParam.has(name) ? tape.param(name, shape) : tape.input(name, shape)
  const actorObs = tape.input('actorObs', [rows, nets.actor.mlp.sizes[0]])
  const criticObs = tape.input('criticObs', [rows, nets.critic.sizes[0]])
  const actions = tape.input('actions', [rows, actionSize])
  const oldMean = tape.input('oldMean', [rows, actionSize])
  const oldLogStd = tape.input('oldLogStd', [actionSize])
  const advantages = tape.input('advantages', [rows, 1])
  const returns = tape.input('returns', [rows, nGroups])

  const mean = actorMean(tape, nets.actor, source, actorObs)
  const logStd =
    config.std.kind === 'learned'
      ? symmetricLogStd(tape, tape.param('logStd', [actionSize]), nets.actor.symmetry?.action)
      : oldLogStd
  const logProb = (mu: Tensor, ls: Tensor): Tensor => {
    const z = tape.div(tape.sub(actions, mu), tape.exp(ls))
    return tape.sumColumns(tape.sub(tape.mul(tape.square(z), -0.5), ls))
  }
  const ratio = tape.exp(tape.sub(logProb(mean, logStd), logProb(oldMean, oldLogStd)))
  const clipped = tape.clip(ratio, 1 - config.clip, 1 + config.clip)
  const surrogate = tape.neg(
    tape.mean(tape.min(tape.mul(ratio, advantages), tape.mul(clipped, advantages))),
  )
  const value = criticValue(tape, nets, source, criticObs)
  const valueLoss = tape.mean(tape.sumColumns(tape.square(tape.sub(value, returns))))
  const kl = tape.stopGradient(gaussianKl(tape, oldMean, oldLogStd, mean, logStd))

  let loss = tape.add(surrogate, valueLoss)
  if (config.std.kind === 'learned' && config.std.entropy > 0) {
    loss = tape.sub(loss, tape.mul(tape.sum(logStd), config.std.entropy))
  }
  if (anchored) {
    const anchorMean = tape.input('anchorMean', [rows, actionSize])
    const scale = tape.exp(tape.stopGradient(logStd))
    const distance = tape.square(tape.div(tape.sub(mean, anchorMean), scale))
    const anchor = tape.mul(tape.mean(tape.sumColumns(distance)), 0.5)
    tape.output('anchor', tape.stopGradient(anchor))
    loss = tape.add(loss, tape.mul(anchor, tape.input('anchorWeight', [])))
  }
  tape.output('kl', kl)
  tape.output('surrogate', surrogate)
  tape.output('valueLoss', valueLoss)
  tape.gradients(loss)
  return tape.model()
}

/** Mean over the rows of KL(old ‖ new) of diagonal Gaussians. */
function gaussianKl(
  tape: Tape,
  oldMean: Tensor,
  oldLogStd: Tensor,
  mean: Tensor,
  logStd: Tensor,
): Tensor {
  const spread = tape.add(tape.square(tape.exp(oldLogStd)), tape.square(tape.sub(oldMean, mean)))
  const quotient = tape.div(spread, tape.mul(tape.square(tape.exp(logStd)), 2))
  const each = tape.sub(tape.add(tape.sub(logStd, oldLogStd), quotient), 0.5)
  return tape.mean(tape.sumColumns(each))
}

// A symmetric actor needs the same noise on both sides, or mirrored samples would have another
// probability.
function symmetricLogStd(
  tape: Tape,
  logStd: Tensor,
  action: SignedPermutation | undefined,
): Tensor {
  if (!action) return logStd
  return tape.mul(tape.add(logStd, tape.columns(logStd, action.index)), 0.5)
}
