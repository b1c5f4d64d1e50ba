import {
  actionRateL2,
  baseAngVel,
  baseHeight,
  baseLinVel,
  baseTilt,
  defineEvent,
  defineReward,
  fallen,
  jointPosRel,
  jointTarget,
  jointVel,
  lastAction,
  type Task,
  timeOut,
  torqueL2,
} from '@skillweave/mdp'
import type { Robot } from '@skillweave/model'

/** Stand still on two feet: the work of a training step, with nothing to load. */
export function standTask(robot: Robot): Task {
  return {
    name: 'stand',
    description: 'stand still',
    scene: { ground: { friction: 1, restitution: 0 }, objects: [] },
    controlDt_s: 0.02,
    decimation: 4,
    physics: {
      solverIterations: 2,
      pgsIterations: 8,
      groundContact: 'feet',
      selfCollision: false,
      footContact: false,
    },
    commands: {},
    action: jointTarget({ scale: 0.25 }),
    observations: {
      actor: {
        baseHeight: baseHeight({}),
        baseTilt: baseTilt({}),
        baseLinVel: baseLinVel({}),
        baseAngVel: baseAngVel({ scale: 0.25 }),
        jointPos: jointPosRel({}),
        jointVel: jointVel({ scale: 0.1, clip: 4 }),
        lastAction: lastAction({}),
      },
    },
    rewards: {
      standing: {
        combine: 'sum',
        terms: {
          height: { weight: 1, term: atHeight({ height: robot.standingHeight, std: 0.1 }) },
          smooth: { weight: -0.01, term: actionRateL2({}) },
          effort: { weight: -1e-5, term: torqueL2({}) },
        },
      },
    },
    terminations: {
      fallen: fallen({ below: 0.6 * robot.standingHeight }),
      timeOut: timeOut({ after_s: 10 }),
    },
    events: { reset: { start: stillStart({ spread: 0.05 }) } },
  }
}

/** exp(−(z − height)²/std²) of the base. In [0, 1]. */
const atHeight = defineReward(
  'atHeight',
  (p: { height: number; std: number }) => (s) =>
    Math.exp(-(((s.linkPos_w[2] - p.height) / p.std) ** 2)),
)

/** The default pose, still, every joint off by up to `spread` rad. */
const stillStart = defineEvent('stillStart', (p: { spread: number }, { robot, simulator, rng }) => {
  const q = new Float64Array(robot.qDefault.length)
  const start = { basePos_w: [0, 0, robot.standingHeight], baseQuat_w: robot.standingQuat, q }
  return {
    apply: (s) => {
      for (let i = 0; i < q.length; i++) q[i] = robot.qDefault[i] + rng.range(-p.spread, p.spread)
      simulator.reset(s.index, start)
    },
  }
})
