import type { OnnxModel } from '@skillweave/policy'
import type { Tape, Tensor } from './autodiff.ts'
import type { ActorHead } from './networks.ts'

/**
 * A stride added to the network's output: sin · `left` while the left leg swings (sin > 0), −sin · `right`
 * while the right one does. `sinAt`: column of the observation that holds the sine of the gait phase.
 */
export function strideHead(p: {
  readonly sinAt: number
  readonly left: readonly number[]
  readonly right: readonly number[]
}): ActorHead {
  return {
    size: p.left.length,
    build: (tape, output, obs) => {
      const sin = tape.slice(obs, p.sinAt, p.sinAt + 1)
      const left = tape.mul(tape.relu(sin), tape.row(p.left))
      const right = tape.mul(tape.relu(tape.neg(sin)), tape.row(p.right))
      return tape.add(output, tape.add(left, right))
    },
  }
}

/** A trained policy that a controller commands: input `obs` = [goal | body], output `actions`. */
export interface FrozenSkill {
  readonly name: string
  readonly model: OnnxModel
  /** What its goal was in training; a controller's sub-goals are clamped to it. [goalSize] */
  readonly goalMin: readonly number[]
  readonly goalMax: readonly number[]
  /** Logits at the start of training. [actionSize] */
  readonly prior: readonly number[]
}

export interface SkillHeadOptions {
  readonly skills: readonly FrozenSkill[]
  /** Columns of the controller's observation before the body part. */
  readonly goalSize: number
  /** Columns of the body part, which every skill's observation ends with. */
  readonly bodySize: number
  readonly actionSize: number
  /**
   * `perJoint`: one weight per skill and joint (SkillBlender, arXiv 2506.09366). `perSkill`: one per
   * skill. `one`: all of it to the skill with the greatest logit; gradients are those of `perSkill`.
   */
  readonly weights: 'perJoint' | 'perSkill' | 'one'
  /** `softmax`, or `free`: 1/skills + output, without bounds (the paper's ablation). */
  readonly normalisation: 'softmax' | 'free'
}

/**
 * The head of a controller: the network's output is a sub-goal for every skill and weights; the action
 * is the weighted sum of what the frozen skills do about their sub-goals, as part of the graph, so that
 * gradients of the action reach sub-goals through the skills.
 */
export function skillHead(options: SkillHeadOptions): ActorHead {
  const { skills, goalSize, bodySize, actionSize } = options
  if (skills.length === 0) throw new Error('a controller of skills needs at least one skill')
  for (const skill of skills) checkSkill(skill, bodySize, actionSize)
  const perSkill = options.weights === 'perJoint' ? actionSize : 1
  const goalSizes = skills.map((skill) => skill.goalMin.length)
  const sizes = [...goalSizes, ...skills.map(() => perSkill)]

  const compose = (tape: Tape, output: Tensor, obs: Tensor) => {
    const parts = tape.split(output, sizes)
    const body = tape.slice(obs, goalSize, goalSize + bodySize)
    const subgoals = skills.map(({ goalMin, goalMax }, k) =>
      tape.min(tape.max(parts[k], tape.row(goalMin)), tape.row(goalMax)),
    )
    const targets = skills.map(({ model }, k) =>
      tape.embed(model, { obs: tape.concat([subgoals[k], body]) }),
    )
    const weights = weigh(tape, parts.slice(skills.length), options)
    const action = targets
      .map((target, k) => tape.mul(target, weights[k]))
      .reduce((sum, part) => tape.add(sum, part))
    return { action, subgoals, targets, weights }
  }
  return {
    size: sizes.reduce((a, b) => a + b, 0),
    bias: [
      ...goalSizes.flatMap((n) => new Array<number>(n).fill(0)),
      ...skills.flatMap(({ prior }) => initialLogits(prior, options, perSkill)),
    ],
    build: (tape, output, obs) => compose(tape, output, obs).action,
    explain: (tape, output, obs) => {
      const { subgoals, targets, weights } = compose(tape, output, obs)
      return {
        weights: tape.concat(weights),
        subgoals: tape.concat(subgoals),
        targets: tape.concat(targets),
      }
    },
  }
}

function weigh(
  tape: Tape,
  logits: readonly Tensor[],
  { weights, normalisation }: SkillHeadOptions,
): readonly Tensor[] {
  if (normalisation === 'free') return logits.map((x) => tape.add(x, 1 / logits.length))
  const soft = tape.softmaxAcross(logits)
  if (weights !== 'one') return soft
  // Straight through: the value of a hard choice with the gradient of the soft one.
  const hard = tape.softmaxAcross(logits.map((x) => tape.mul(tape.stopGradient(x), 1e4)))
  return soft.map((w, k) => tape.add(w, tape.stopGradient(tape.sub(hard[k], w))))
}

function initialLogits(
  prior: readonly number[],
  { normalisation }: SkillHeadOptions,
  perSkill: number,
): readonly number[] {
  if (normalisation === 'free') return new Array<number>(perSkill).fill(0)
  if (perSkill > 1) return prior
  return [prior.reduce((a, b) => a + b, 0) / prior.length]
}

function checkSkill(skill: FrozenSkill, bodySize: number, actionSize: number): void {
  const { inputs, outputs } = skill.model.graph
  const obs = inputs.find((v) => v.name === 'obs')?.dims.at(-1)
  const actions = outputs.find((v) => v.name === 'actions')?.dims.at(-1)
  const expected = skill.goalMin.length + bodySize
  if (obs !== expected || actions !== actionSize) {
    throw new Error(
      `skill ${skill.name} maps ${obs} numbers to ${actions}, expected ${expected} (goal ${skill.goalMin.length}, body ${bodySize}) to ${actionSize}`,
    )
  }
}
