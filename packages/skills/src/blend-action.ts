import type { BindContext, BoundAction, EnvState } from '@skillweave/mdp'
import { dofCount } from '@skillweave/model'
import { softmaxWeights } from './blend.ts'
import type { SkillSet } from './skill-set.ts'
import { createWeightOverride, type WeightOverride } from './weight-override.ts'

/** Below this share a skill is not run. */
const weightFloor = 0.02

export interface BlendActionParams {
  /** Multiplies the action before the softmax: how far a unit of action moves a weight. */
  readonly sharpness: number
  /** Logits at action zero, one per skill: the prior. */
  readonly bias?: readonly number[]
}

/** A blend action with what a viewer wants to see of it. */
export interface BlendAction extends BoundAction {
  readonly skills: readonly string[]
  /** Weights as last applied; where they differ from joint to joint, their mean. [nEnvs, nSkills] */
  readonly weights: Float32Array
  /** Weights of the first environment on every joint: [nSkills, nDof], overwritten by the next call. */
  jointWeights(): Float32Array
  /** Weights set by hand, in all environments. */
  readonly override: WeightOverride
}

/**
 * The action of a high-level controller: one logit per skill. Softmax gives weights, each skill with a
 * weight proposes joint targets from what it senses now, and the targets are averaged by weight. The
 * skills run at every control step, however long the controller holds its action.
 */
export const blendSkills = (set: SkillSet, params: BlendActionParams) => ({
  name: 'blendSkills',
  params: { ...params, skills: set.names },
  bind: (ctx: BindContext): BlendAction => bindBlend(set, params, ctx),
})

function bindBlend(set: SkillSet, params: BlendActionParams, ctx: BindContext): BlendAction {
  const { robot, nEnvs } = ctx
  const nDof = dofCount(robot.model)
  const nSkills = set.names.length
  const senses = Object.values(set.senses).map((term) => term.bind(ctx))
  const sensed = senses.reduce((n, t) => n + t.size, 0)
  if (set.network.inputSize !== sensed + nSkills || set.network.outputSize !== nDof) {
    throw new Error(
      `the skill network maps ${set.network.inputSize} to ${set.network.outputSize}, but the senses (${sensed}) with ${nSkills} labels and ${robot.name}'s ${nDof} joints need ${sensed + nSkills} to ${nDof}`,
    )
  }
  if (params.bias && params.bias.length !== nSkills) {
    throw new Error(`the prior has ${params.bias.length} logits for ${nSkills} skills`)
  }
  const inputSize = sensed + nSkills
  const input = new Float32Array(nEnvs * nSkills * inputSize)
  const output = new Float32Array(nEnvs * nSkills * nDof)
  const weights = new Float32Array(nEnvs * nSkills)
  const logits = new Float64Array(nSkills)
  const rowSkill = new Int32Array(nEnvs * nSkills)
  /** Only used while weights are set by hand. [nEnvs, nSkills, nDof] */
  const byJoint = new Float32Array(nEnvs * nSkills * nDof)
  const override = createWeightOverride(set.names, robot.model.dofNames, ctx.controlDt_s)

  const writeRows = (s: EnvState, firstRow: number): number => {
    let row = firstRow
    const at = row * inputSize
    let o = at
    for (const term of senses) {
      term.write(s, input, o)
      o += term.size
    }
    for (let k = 0; k < nSkills; k++) {
      if (weights[s.index * nSkills + k] === 0) continue
      const to = row * inputSize
      if (row > firstRow) input.copyWithin(to, at, at + sensed)
      for (let i = 0; i < nSkills; i++) input[to + sensed + i] = i === k ? 1 : 0
      rowSkill[row] = k
      row++
    }
    return row
  }

  const weigh = (s: EnvState): void => {
    const at = s.index * nSkills
    for (let k = 0; k < nSkills; k++) {
      logits[k] = params.sharpness * s.action[k] + (params.bias?.[k] ?? 0)
    }
    softmaxWeights(logits, 0, weights, at, nSkills, weightFloor)
    if (override.isActive) weighByHand(s.index)
  }

  const spread = (e: number): Float32Array => {
    const own = byJoint.subarray(e * nSkills * nDof, (e + 1) * nSkills * nDof)
    for (let k = 0; k < nSkills; k++) {
      own.fill(weights[e * nSkills + k], k * nDof, (k + 1) * nDof)
    }
    return own
  }

  const weighByHand = (e: number): void => {
    const own = spread(e)
    override.apply(own)
    for (let k = 0; k < nSkills; k++) {
      let sum = 0
      for (let j = 0; j < nDof; j++) sum += own[k * nDof + j]
      weights[e * nSkills + k] = sum / nDof
    }
  }

  const bound: BlendAction = {
    size: nSkills,
    skills: set.names,
    weights,
    override,
    jointWeights: () => (override.isActive ? byJoint.subarray(0, nSkills * nDof) : spread(0)),
    snapshot: () => [override.snapshot(), weights.slice(), byJoint.slice()],
    rewind: (snapshot) => {
      const [hand, mean, perJoint] = snapshot as [unknown, Float32Array, Float32Array]
      override.rewind(hand)
      weights.set(mean)
      byJoint.set(perJoint)
    },
    apply: () => {
      throw new Error('blendSkills runs all environments at once')
    },
    applyAll: async (states, controls) => {
      let rows = 0
      for (const s of states) {
        weigh(s)
        rows = writeRows(s, rows)
      }
      const running = set.network.run(input, output, rows)
      if (running) await running
      let row = 0
      for (const s of states) {
        const { qTarget, dqTarget } = controls[s.index]
        for (let j = 0; j < nDof; j++) {
          qTarget[j] = robot.qDefault[j]
          dqTarget[j] = 0
        }
        for (let k = 0; k < nSkills; k++) {
          const w = weights[s.index * nSkills + k]
          if (w === 0) continue
          const at = (s.index * nSkills + k) * nDof
          for (let j = 0; j < nDof; j++) {
            const share = override.isActive ? byJoint[at + j] : w
            qTarget[j] += share * set.scale * output[row * nDof + j]
          }
          row++
        }
      }
    },
  }
  return bound
}
