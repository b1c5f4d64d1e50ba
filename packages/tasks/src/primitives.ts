import {
  actionRateL2,
  baseUnrest,
  type CommandTerm,
  commandedVelocity,
  contactSchedule,
  fallen,
  feetDown,
  feetTooClose,
  footSlip,
  harness,
  heightAtTarget,
  heightCommand,
  heightError,
  jointLimitL1,
  jointVelL2,
  limbDofs,
  nearDefault,
  type ObservationTerm,
  pitchDofs,
  type RewardTerm,
  sitesAtTargets,
  siteTargetError,
  siteTargets,
  swingHeight,
  type Task,
  tilted,
  timeOut,
  torqueL2,
  trackMeanVelocity,
  trackVelocity,
  trackYawRate,
  upright,
  velocityCommand,
} from '@skillweave/mdp'
import { dofCount, type Robot } from '@skillweave/model'
import {
  actionScale,
  bodyEvents,
  bodySenses,
  type Conditions,
  gaitPeriod_s,
  humanoidAction,
  humanoidCommands,
  humanoidTiming,
  privilegedSenses,
} from './humanoid.ts'

/** How a controller starts out: logits of a skill on the joints of legs, waist and arms. */
interface Prior {
  readonly legs: number
  readonly waist: number
  readonly arms: number
}

/** What numbers of a goal mean in space, in the words of the wire (docs/protocol.md, `marks`). */
export type PrimitiveMark =
  | { readonly kind: 'velocity' | 'heightOffset'; readonly goals: readonly string[] }
  | { readonly kind: 'siteOffset'; readonly site: string; readonly goals: readonly string[] }

/** One of SkillBlender's goal-conditioned skills, for any humanoid with hands, feet, palms and soles. */
export interface PrimitiveSkill {
  readonly description: string
  /** Names of the numbers of its goal, with their units, in order. */
  readonly goals: readonly string[]
  readonly marks: readonly PrimitiveMark[]
  /** Least and greatest goal it was trained for: what a controller may ask of it. */
  goalRange(robot: Robot): { readonly min: readonly number[]; readonly max: readonly number[] }
  readonly prior: Prior
  create(robot: Robot, conditions: Conditions): Task
}

type Weighted = Readonly<Record<string, { readonly weight: number; readonly term: RewardTerm }>>

/** How well the goal is met, and how the body is held while it is: each with a value head of its own. */
interface PrimitiveRewards {
  readonly goal: Weighted
  readonly posture: Weighted
}

const velocityRange = {
  forward: [-0.4, 1],
  left: [-0.4, 0.4],
  yawRate: [-0.6, 0.6],
} as const

const palms = ['leftPalm', 'rightPalm'] as const
const soles = ['leftSole', 'rightSole'] as const

/** Goals that are offsets of sites: `<site>X_m`, … */
function siteOffsets(sites: readonly string[], axes: readonly ('X' | 'Y' | 'Z')[]) {
  const marks = sites.map(
    (site): PrimitiveMark => ({
      kind: 'siteOffset',
      site,
      goals: axes.map((axis) => `${site}${axis}_m`),
    }),
  )
  return { goals: marks.flatMap((mark) => mark.goals), marks }
}

const symmetricRange = (limit: number, n: number) => ({
  min: new Array<number>(n).fill(-limit),
  max: new Array<number>(n).fill(limit),
})

/** Costs that every skill pays. */
const costs = (robot: Robot): Weighted => ({
  unrest: { weight: -0.5, term: baseUnrest({}) },
  smooth: { weight: -0.01, term: actionRateL2({}) },
  torque: { weight: -1e-5, term: torqueL2({}) },
  calm: { weight: -3e-4, term: jointVelL2({}) },
  limits: { weight: -1, term: jointLimitL1({ margin: 0.03 }) },
  feetApart: { weight: -5, term: feetTooClose({ distance: feetDistance(robot) }) },
})

/** Feet closer than this cross each other, m. */
const feetDistance = (robot: Robot): number => 0.16 * robot.standingHeight

const walkingGoals = ['linVelX_mps', 'linVelY_mps', 'yawRate_radps']

const walking: PrimitiveSkill = {
  description: 'walk at a commanded velocity, turn, march on the spot',
  goals: walkingGoals,
  marks: [{ kind: 'velocity', goals: walkingGoals }],
  prior: { legs: 1.5, waist: 0, arms: -1.5 },
  goalRange: () => {
    const { forward, left, yawRate } = velocityRange
    return { min: [forward[0], left[0], yawRate[0]], max: [forward[1], left[1], yawRate[1]] }
  },
  create: (robot, conditions) =>
    primitiveTask(robot, conditions, {
      name: 'walking',
      command: velocityCommand({
        ...velocityRange,
        standing: 0.12,
        every_s: 4,
        mean_s: gaitPeriod_s,
      }),
      goal: commandedVelocity({ command: 'goal' }),
      rewards: {
        goal: {
          velocity: { weight: 1.2, term: trackVelocity({ command: 'goal', std: 0.5 }) },
          velocityMean: { weight: 1, term: trackMeanVelocity({ command: 'goal', std: 0.25 }) },
          velocityExact: { weight: 1, term: trackMeanVelocity({ command: 'goal', std: 0.08 }) },
          turn: { weight: 0.6, term: trackYawRate({ command: 'goal', std: 0.39 }) },
          turnExact: { weight: 0.6, term: trackYawRate({ command: 'goal', std: 0.14 }) },
        },
        posture: {
          contacts: { weight: 0.8, term: contactSchedule({ command: 'clock' }) },
          swing: {
            weight: 0.8,
            term: swingHeight({
              command: 'clock',
              height: 0.092 * robot.standingHeight,
              std: 0.035,
            }),
          },
          arms: { weight: 0.3, term: nearDefault({ limbs: ['arms', 'waist'], scale: 4 }) },
          hips: { weight: 0.3, term: nearDefault({ limbs: ['legs'], axes: 'others', scale: 8 }) },
          upright: { weight: 0.5, term: upright({ scale: 20 }) },
          slip: { weight: -0.25, term: footSlip({}) },
        },
      },
      followsCommand: true,
      stride: stride(robot),
      samples: 3_000_000,
    }),
}

const reaching: PrimitiveSkill = {
  description: 'hold both hands at targets anywhere they can reach, standing',
  ...siteOffsets(palms, ['X', 'Y', 'Z']),
  prior: { legs: -1.5, waist: 0, arms: 1.5 },
  goalRange: (robot) => symmetricRange(0.6 * robot.standingHeight, 6),
  create: (robot, conditions) =>
    primitiveTask(robot, conditions, {
      name: 'reaching',
      command: siteTargets({
        sites: palms,
        draw: { from: 'workspace', homeShare: 1 / 3, homeRadius: 0.25 },
        every_s: 1.5,
      }),
      goal: siteTargetError({ command: 'goal' }),
      rewards: {
        goal: {
          near: { weight: 3, term: sitesAtTargets({ command: 'goal', scale: 4 }) },
          nearer: { weight: 2, term: sitesAtTargets({ command: 'goal', scale: 16 }) },
          exact: { weight: 1, term: sitesAtTargets({ command: 'goal', scale: 50 }) },
        },
        posture: {
          feet: { weight: 0.8, term: feetDown({}) },
          legs: { weight: 0.6, term: nearDefault({ limbs: ['legs'], scale: 4 }) },
          waist: { weight: 0.2, term: nearDefault({ limbs: ['waist'], scale: 2 }) },
          upright: { weight: 1, term: upright({ scale: 20 }) },
        },
      },
      samples: 5_000_000,
    }),
}

const squatting: PrimitiveSkill = {
  description: 'bring the base to a height, from a crouch to straight legs',
  goals: ['height_m'],
  marks: [{ kind: 'heightOffset', goals: ['height_m'] }],
  prior: { legs: 1, waist: 0, arms: -1.5 },
  goalRange: (robot) => symmetricRange(0.3 * robot.standingHeight, 1),
  create: (robot, conditions) =>
    primitiveTask(robot, conditions, {
      name: 'squatting',
      command: heightCommand({ range: [0.7, 1.03], every_s: 1.5 }),
      goal: heightError({ command: 'goal' }),
      rewards: {
        goal: {
          near: { weight: 3, term: heightAtTarget({ command: 'goal', scale: 4 }) },
          exact: { weight: 2, term: heightAtTarget({ command: 'goal', scale: 25 }) },
        },
        posture: {
          feet: { weight: 0.8, term: feetDown({}) },
          hips: { weight: 0.5, term: nearDefault({ limbs: ['legs'], axes: 'others', scale: 4 }) },
          arms: { weight: 0.5, term: nearDefault({ limbs: ['arms', 'waist'], scale: 4 }) },
          upright: { weight: 0.6, term: upright({ scale: 5 }) },
        },
      },
      lowest: 0.5,
      tiltMax: 1,
      samples: 2_500_000,
    }),
}

const stepping: PrimitiveSkill = {
  description: 'put either foot where it should be',
  ...siteOffsets(soles, ['X', 'Y']),
  prior: { legs: 0.5, waist: 0, arms: -1.5 },
  goalRange: (robot) => symmetricRange(0.3 * robot.standingHeight, 4),
  create: (robot, conditions) =>
    primitiveTask(robot, conditions, {
      name: 'stepping',
      command: siteTargets({ sites: soles, draw: { from: 'step', radius: 0.25 }, every_s: 1.5 }),
      goal: siteTargetError({ command: 'goal', horizontal: true }),
      rewards: {
        goal: {
          near: {
            weight: 3,
            term: sitesAtTargets({ command: 'goal', scale: 6, horizontal: true }),
          },
          exact: {
            weight: 2,
            term: sitesAtTargets({ command: 'goal', scale: 30, horizontal: true }),
          },
        },
        posture: {
          feet: { weight: 0.3, term: feetDown({}) },
          arms: { weight: 0.5, term: nearDefault({ limbs: ['arms', 'waist'], scale: 4 }) },
          upright: { weight: 1, term: upright({ scale: 20 }) },
          slip: { weight: -0.25, term: footSlip({}) },
        },
      },
      samples: 4_000_000,
    }),
}

/** The primitives by name. Policies are trained per skill, so the order means nothing. */
export const primitives = { walking, reaching, squatting, stepping } as const

export type PrimitiveName = keyof typeof primitives

export const primitiveNames = Object.keys(primitives) as PrimitiveName[]

/** Logits a controller starts with on a skill's joints. [nDof] */
export function priorLogits(robot: Robot, name: PrimitiveName): number[] {
  const { legs, waist, arms } = limbDofs(robot)
  const { prior } = primitives[name]
  const logits = new Array<number>(dofCount(robot.model)).fill(0)
  for (const d of legs) logits[d] = prior.legs
  for (const d of waist) logits[d] = prior.waist
  for (const d of arms) logits[d] = prior.arms
  return logits
}

interface PrimitiveTable {
  readonly name: PrimitiveName
  /** The command named `goal`, and what the actor sees of it. */
  readonly command: CommandTerm
  readonly goal: ObservationTerm
  readonly rewards: PrimitiveRewards
  /** The harness pulls at the commanded velocity. */
  readonly followsCommand?: boolean
  /** A base below this share of the standing height has fallen; default 0.65. */
  readonly lowest?: number
  /** A base that leans more has fallen, rad; default 0.7. */
  readonly tiltMax?: number
  readonly stride?: Task['stride']
  readonly samples: number
}

/** What the four skills have in common. */
function primitiveTask(robot: Robot, conditions: Conditions, table: PrimitiveTable): Task {
  const events = bodyEvents(conditions, { yawSpread: Math.PI })
  return {
    name: table.name,
    description: primitives[table.name].description,
    scene: { ground: { friction: 1, restitution: 0 }, objects: [] },
    ...humanoidTiming,
    commands: { ...humanoidCommands, goal: table.command },
    action: humanoidAction,
    observations: {
      actor: { goal: table.goal, ...bodySenses(conditions) },
      critic: privilegedSenses,
    },
    rewards: {
      goal: { combine: 'sum', terms: table.rewards.goal },
      posture: { combine: 'sum', floor: 0, terms: { ...table.rewards.posture, ...costs(robot) } },
    },
    terminations: {
      fallen: fallen({ below: (table.lowest ?? 0.65) * robot.standingHeight }),
      tilted: tilted({ beyond: table.tiltMax ?? 0.7 }),
      timeOut: timeOut({ after_s: 20 }),
    },
    events: {
      reset: events.reset,
      step: {
        ...events.step,
        ...(conditions.harness
          ? {
              harness: harness({
                ...(table.followsCommand ? { command: 'goal' } : {}),
                ...(table.lowest === undefined ? { height: 0.98 } : {}),
                shrinkBelow: 1 / 400,
                growAbove: 4 / 400,
              }),
            }
          : {}),
      },
    },
    ...(table.stride ? { stride: table.stride } : {}),
    symmetric: true,
    learning: {
      samples: table.samples,
      nEnvs: 128,
      epochs: 4,
      rewardScale: 0.02,
      // A new target cannot be foreseen: with a horizon of 1 s it drowns what the present action did. The same
      // 1.5 M samples of reaching bring the error from 0.15 m to 0.08 m. A fall begins long before it ends.
      ...(table.followsCommand ? {} : { groupHorizons: { goal: { gamma: 0.95, lambda: 0.9 } } }),
      std: { kind: 'fixed', start: 0.5, end: 0.15 },
    },
  }
}

/** Half a sine of −0.28, 0.56, −0.28 rad on hip, knee and ankle of the swing leg lifts a foot by a hand. */
function stride(robot: Robot): NonNullable<Task['stride']> {
  const leg = (foot: 'leftFoot' | 'rightFoot'): number[] => {
    const dofs = pitchDofs(robot, foot)
    if (dofs.length !== 3) {
      throw new Error(
        `${robot.name}: a stride needs a hip, a knee and an ankle that pitch; its ${foot} has ${dofs.map((d) => robot.model.dofNames[d]).join(', ') || 'none'}`,
      )
    }
    const action = new Array<number>(dofCount(robot.model)).fill(0)
    const bend = [-0.28, 0.56, -0.28]
    dofs.forEach((d, i) => {
      const joint = robot.model.joints.find((j) => j.dof === d)
      action[d] = (Math.sign(joint?.axis[1] ?? 1) * bend[i]) / actionScale.legs
    })
    return action
  }
  return { phase: 'phase', left: leg('leftFoot'), right: leg('rightFoot') }
}
