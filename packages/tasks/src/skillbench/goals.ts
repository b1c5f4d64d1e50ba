import {
  type BindContext,
  bindSite,
  chainTo,
  type EnvState,
  keepArrays,
  siteHome,
} from '@skillweave/mdp'
import { objectIndex, roleIndex } from '@skillweave/model'
import {
  type BenchCommand,
  type BenchGoal,
  defineBenchGoal,
  meanAbs,
  pointOf,
  writeDifference,
} from './bench-command.ts'
import { doorAngle } from './scenes.ts'

type Range = readonly [number, number]
type Range3 = readonly [Range, Range, Range]

/** Positions of both palms, written anew by each call. [2, 3] m */
function bindPalms({ robot }: BindContext): (s: EnvState) => Float64Array {
  const sites = ['leftPalm', 'rightPalm'].map((name) => bindSite(robot, name))
  const out = new Float64Array(6)
  return (s) => {
    for (let i = 0; i < 2; i++) sites[i](s, out, 3 * i)
    return out
  }
}

const draw3 = ({ rng }: BindContext, range: Range3, out: Float64Array, o: number): void => {
  for (let k = 0; k < 3; k++) out[o + k] = rng.range(range[k][0], range[k][1])
}

/**
 * Both palms at targets far away: home, plus a point of a sphere per palm (within its box), plus an offset
 * that both share, u · reach with u ~ U[0, 1]³, clipped in height. A new one after `hold_s`.
 */
export const farReach = defineBenchGoal(
  'farReach',
  (
    p: {
      /** Sphere around home, and the box its points must be in; y outwards. m */
      radius: number
      box: Range3
      /** m */
      reach: number
      heightMax: number
      hold_s: number
    },
    ctx,
  ): BenchGoal => {
    const { rng, robot, nEnvs, controlDt_s } = ctx
    const home = siteHome(robot, ['leftPalm', 'rightPalm'])
    const palms = bindPalms(ctx)
    const targets = new Float64Array(6 * nEnvs)
    const left_s = new Float64Array(nEnvs)
    const place = (s: EnvState): void => {
      const o = 6 * s.index
      left_s[s.index] = p.hold_s
      const x = p.reach * rng.uniform()
      const y = p.reach * rng.uniform()
      const z = Math.min(p.heightMax, p.reach * rng.uniform())
      for (let i = 0; i < 2; i++) {
        const [dx, dy, dz] = pointOnSphere(ctx, p.radius, p.box)
        targets[o + 3 * i] = home[3 * i] + x + dx
        targets[o + 3 * i + 1] = home[3 * i + 1] + y + (i === 0 ? dy : -dy)
        targets[o + 3 * i + 2] = home[3 * i + 2] + z + dz
      }
    }
    const error = (s: EnvState): number => {
      const at = palms(s)
      const o = 6 * s.index
      return 0.5 * (meanAbs(targets, o, at, 0) + meanAbs(targets, o + 3, at, 3))
    }
    return {
      ...keepArrays(targets, left_s),
      place,
      renews: true,
      points: ['leftTarget', 'rightTarget'].map((name, i) => ({
        name,
        all: targets,
        at: (s) => 6 * s.index + 3 * i,
      })),
      goalSize: 6,
      writeGoal: (s, out, at) => {
        const hands = palms(s)
        for (let k = 0; k < 6; k += 3)
          writeDifference(s, targets, 6 * s.index + k, hands, k, out, at + k)
      },
      firstError: error,
      secondError: () => 0,
      paperError: error,
      advance: (s) => {
        left_s[s.index] -= controlDt_s
        if (left_s[s.index] > 0) return
        ctx.command<BenchCommand>('goal').renew(s)
      },
    }
  },
)

/** A point on a sphere that lies in a box, by rejection. */
function pointOnSphere({ rng }: BindContext, radius: number, box: Range3): readonly number[] {
  for (;;) {
    const v = [rng.normal(), rng.normal(), rng.normal()]
    const n = radius / Math.hypot(v[0], v[1], v[2])
    const point = v.map((x) => n * x)
    if (point.every((x, k) => x >= box[k][0] && x <= box[k][1])) return point
  }
}

/** The left palm at a button on a wall, the right arm at rest. */
export const buttonPress = defineBenchGoal(
  'buttonPress',
  (p: { button: Range3 }, ctx): BenchGoal => {
    const { robot } = ctx
    const palms = bindPalms(ctx)
    const button = new Float64Array(3 * ctx.nEnvs)
    const left = chainTo(robot, 'leftHand')
    const arm = chainTo(robot, 'rightHand').filter((joint) => !left.includes(joint))
    return {
      ...keepArrays(button),
      place: (s) => draw3(ctx, p.button, button, 3 * s.index),
      points: [pointOf('button', button)],
      goalSize: 3,
      writeGoal: (s, out, at) => writeDifference(s, button, 3 * s.index, palms(s), 0, out, at),
      firstError: (s) => meanAbs(button, 3 * s.index, palms(s), 0),
      secondError: (s) => {
        let sum = 0
        for (const { dof } of arm) sum += Math.abs(s.q[dof] - robot.qDefault[dof])
        return sum / arm.length
      },
      paperError: (s) => {
        const at = palms(s)
        const o = 3 * s.index
        return 0.5 * (Math.abs(button[o + 1] - at[1]) + Math.abs(button[o + 2] - at[2]))
      },
      practicalError: (s) => meanAbs(button, 3 * s.index, palms(s), 0),
    }
  },
)

/** Two doors shut, hands at the cabinet. */
export const cabinetClose = defineBenchGoal(
  'cabinetClose',
  (
    p: { cabinet: string; doors: readonly string[]; cabinetPos: readonly number[]; start: number },
    ctx,
  ): BenchGoal => {
    const { scene, simulator } = ctx
    const palms = bindPalms(ctx)
    const cabinet = objectIndex(scene, p.cabinet)
    const doors = p.doors.map((name) => objectIndex(scene, name))
    const hinges = doors.map((i) => {
      const { hinge } = scene.objects[i]
      if (!hinge)
        throw new Error(`object "${scene.objects[i].name}" has no hinge, so it is no door`)
      return hinge
    })
    const angle = (s: EnvState, i: number) => doorAngle(s.objectQuat_w, 4 * doors[i], hinges[i])
    const doorError = (s: EnvState) => 0.5 * (Math.abs(angle(s, 0)) + Math.abs(angle(s, 1)))
    return {
      place: (s) => {
        simulator.placeObject(s.index, cabinet, p.cabinetPos)
        doors.forEach((door, i) => {
          const { anchorOn, axis } = hinges[i]
          const pos = anchorOn.map((x, k) => x + p.cabinetPos[k])
          const half = p.start / 2
          const quat_w = [0, 0, Math.sin(half) * axis[2], Math.cos(half)]
          simulator.placeObject(s.index, door, pos, { quat_w })
        })
      },
      points: [],
      goalSize: 8,
      writeGoal: (s, out, at) => {
        out[at] = angle(s, 0)
        out[at + 1] = angle(s, 1)
        const hands = palms(s)
        for (let k = 0; k < 6; k += 3) {
          writeDifference(s, s.objectPos_w, 3 * cabinet, hands, k, out, at + 2 + k)
        }
      },
      firstError: doorError,
      secondError: (s) => {
        const hands = palms(s)
        const o = 3 * cabinet
        return 0.5 * (meanAbs(s.objectPos_w, o, hands, 0) + meanAbs(s.objectPos_w, o, hands, 3))
      },
      paperError: doorError,
    }
  },
)

/** The ball at a point in a goal; at first, the body at where the ball was. */
export const footballShoot = defineBenchGoal(
  'footballShoot',
  (
    p: {
      ball: string
      /** Where the ball starts, and where it should go. m */
      start: Range3
      target: Range3
      /** x of the goal's mouth, and its half width and height, m. */
      mouth: { readonly x: number; readonly halfWidth: number; readonly height: number }
      /** Distance from the target within which a goal counts, m. */
      within: number
      mass: Range
    },
    ctx,
  ): BenchGoal => {
    const { scene, simulator, robot, rng, nEnvs } = ctx
    const ball = objectIndex(scene, p.ball)
    const torso = 3 * roleIndex(robot, 'torso')
    const start = new Float64Array(3 * nEnvs)
    const target = new Float64Array(3 * nEnvs)
    const scored = new Uint8Array(nEnvs)
    const masses = scene.objects.map((object) => object.mass)
    const error = (s: EnvState) => meanAbs(s.objectPos_w, 3 * ball, target, 3 * s.index)
    return {
      ...keepArrays(start, target, scored),
      place: (s) => {
        const o = 3 * s.index
        draw3(ctx, p.start, start, o)
        draw3(ctx, p.target, target, o)
        masses[ball] = rng.range(p.mass[0], p.mass[1])
        simulator.randomize(s.index, { objectMass: masses })
        simulator.placeObject(s.index, ball, start.subarray(o, o + 3))
        scored[s.index] = 0
      },
      points: [pointOf('goalPoint', target)],
      goalSize: 6,
      writeGoal: (s, out, at) => {
        writeDifference(s, target, 3 * s.index, s.objectPos_w, 3 * ball, out, at)
        writeDifference(s, s.objectPos_w, 3 * ball, s.linkPos_w, torso, out, at + 3)
      },
      firstError: error,
      secondError: (s) => {
        const o = 3 * s.index
        const x = s.linkPos_w
        return 0.5 * (Math.abs(x[torso] - start[o]) + Math.abs(x[torso + 1] - start[o + 1]))
      },
      paperError: error,
      practicalError: (s) => (scored[s.index] === 1 ? 0 : error(s) + p.within),
      advance: (s) => {
        const [x, y, z] = s.objectPos_w.subarray(3 * ball, 3 * ball + 3)
        if (scored[s.index] === 1 || x < p.mouth.x) return
        const isIn = Math.abs(y) < p.mouth.halfWidth && z < p.mouth.height
        const o = 3 * s.index
        const isNear = Math.hypot(y - target[o + 1], z - target[o + 2]) <= p.within
        if (isIn && isNear) scored[s.index] = 1
      },
    }
  },
)

/** An object brought to a place, hands at the object: pushing, lifting, carrying. */
export const moveObject = defineBenchGoal(
  'moveObject',
  (
    p: {
      object: string
      /** Where it starts, m. */
      start: Range3
      /** Where it should go: from where it starts, or in the world. m */
      goal: Range3
      goalFrom: 'start' | 'world'
      /** Components of the paper's error, and of the first reward's. */
      error: 'all' | 'height'
      /** kg; absent: as in the scene. */
      mass?: Range
    },
    ctx,
  ): BenchGoal => {
    const { scene, simulator, nEnvs, rng } = ctx
    const palms = bindPalms(ctx)
    const object = objectIndex(scene, p.object)
    const start = new Float64Array(3 * nEnvs)
    const goal = new Float64Array(3 * nEnvs)
    const masses = scene.objects.map((o) => o.mass)
    const error = (s: EnvState): number =>
      p.error === 'height'
        ? Math.abs(s.objectPos_w[3 * object + 2] - goal[3 * s.index + 2])
        : meanAbs(s.objectPos_w, 3 * object, goal, 3 * s.index)
    return {
      ...keepArrays(start, goal),
      place: (s) => {
        const o = 3 * s.index
        draw3(ctx, p.start, start, o)
        draw3(ctx, p.goal, goal, o)
        if (p.goalFrom === 'start') for (let k = 0; k < 3; k++) goal[o + k] += start[o + k]
        if (p.mass) {
          masses[object] = rng.range(p.mass[0], p.mass[1])
          simulator.randomize(s.index, { objectMass: masses })
        }
        simulator.placeObject(s.index, object, start.subarray(o, o + 3))
      },
      points: [pointOf('goal', goal)],
      goalSize: 9,
      writeGoal: (s, out, at) => {
        writeDifference(s, goal, 3 * s.index, s.objectPos_w, 3 * object, out, at)
        const hands = palms(s)
        for (let k = 0; k < 6; k += 3) {
          writeDifference(s, s.objectPos_w, 3 * object, hands, k, out, at + 3 + k)
        }
      },
      firstError: error,
      secondError: (s) => {
        const hands = palms(s)
        const o = 3 * object
        return 0.5 * (meanAbs(s.objectPos_w, o, hands, 0) + meanAbs(s.objectPos_w, o, hands, 3))
      },
      paperError: error,
    }
  },
)
