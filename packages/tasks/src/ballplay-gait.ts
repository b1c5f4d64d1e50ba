import {
  actionRateL2,
  baseUnrest,
  contactSchedule,
  feetDown,
  feetTooClose,
  footSlip,
  harness,
  jointVelL2,
  nearDefault,
  type RewardGroup,
  swingHeight,
  type Task,
  trackVelocity,
  trackYawRate,
  upright,
} from '@skillweave/mdp'
import { dofCount, type Robot } from '@skillweave/model'
import { whileStanding, whileWalking } from './velocity-towards.ts'

/** Height of the feet in mid-swing, m. */
export const ballPlayerSwing = 0.08

/**
 * How a ball player walks when it is taught by reward: the posture and gait of legs and trunk. For tasks with a gait clock `clock` and a
 * command `velocity` that leads somewhere (`VelocityTowards`).
 */
export const gaitRewards: RewardGroup['terms'] = {
  contacts: { weight: 0.8, term: whileWalking(contactSchedule({ command: 'clock' })) },
  swing: {
    weight: 0.8,
    term: whileWalking(swingHeight({ command: 'clock', height: ballPlayerSwing, std: 0.04 })),
  },
  feet: { weight: 1.2, term: whileStanding(feetDown({})) },
  legs: { weight: 0.3, term: nearDefault({ limbs: ['legs'], scale: 3 }) },
  upright: { weight: 0.5, term: upright({ scale: 5 }) },
  slip: { weight: -0.25, term: footSlip({}) },
  unrest: { weight: -0.3, term: baseUnrest({}) },
  smooth: { weight: -0.01, term: actionRateL2({}) },
  calm: { weight: -3e-4, term: jointVelL2({}) },
  feetApart: { weight: -5, term: feetTooClose({ distance: 0.16 }) },
}

/** For following the command `velocity`. */
export const velocityRewards: RewardGroup['terms'] = {
  velocity: { weight: 1.2, term: trackVelocity({ command: 'velocity', std: 0.5 }) },
  velocityExact: { weight: 0.6, term: trackVelocity({ command: 'velocity', std: 0.2 }) },
  turn: { weight: 0.8, term: trackYawRate({ command: 'velocity', std: 0.6 }) },
}

/** Takes the body along at first. */
export const walkHarness = harness({
  command: 'velocity',
  shrinkBelow: 1 / 250,
  growAbove: 4 / 250,
})

/** How a walk is learned. */
export const walkLearning = {
  samples: 4_000_000,
  nEnvs: 128,
  hidden: [512, 256],
  epochs: 4,
  gamma: 0.98,
  rewardScale: 0.04,
  klTarget: 0.03,
} as const

/** Half a sine of −0.28, 0.56, −0.28 rad on hip, knee and ankle of the swing leg. */
export function ballPlayerStride(robot: Robot): NonNullable<Task['stride']> {
  const leg = (side: 'left' | 'right'): number[] => {
    const action = new Array<number>(dofCount(robot.model)).fill(0)
    const bend = { Thigh_x: -0.28, Shin_x: 0.56, Foot_x: -0.28 }
    for (const [joint, angle] of Object.entries(bend)) {
      action[robot.model.dofNames.indexOf(`${side}${joint}`)] = angle / 0.25
    }
    return action
  }
  return { phase: 'phase', left: leg('left'), right: leg('right') }
}
