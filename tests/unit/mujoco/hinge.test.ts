import { quatConj, quatMul, quatRotate } from '@skillweave/math'
import { type Hinge, robotByName, type Scene, type Simulator } from '@skillweave/model'
import { createMujocoSimulator } from '@skillweave/mujoco'
import { createSimulator } from '@skillweave/sim'
import { conditions, skillbench } from '@skillweave/tasks'
import { describe, expect, it } from 'vitest'
import { buildRobot } from '../../support/robots.ts'
import { physicsSettings } from '../../support/sims.ts'

const cabinetScene = skillbench(robotByName('h1'), 'cabinet-close', conditions.watched).scene

/** How far a door may be from the other engine's, rad. */
const tolerance = 0.03

/** A fist on a rail along x that meets the middle of the cabinet's right door. */
const pusher = buildRobot(
  'pusher',
  'fixed',
  [
    {
      name: 'fist',
      joint: { type: 'prismatic', axis: [1, 0, 0], pos: [0, -0.2, -1], effort: [60] },
      link: {
        com: [0, 0, 0],
        geoms: [{ type: 'sphere', pos: [0, 0, 0], radius: 0.05 }],
        inertia: [0.01, 0.01, 0.01, 0, 0, 0],
      },
    },
  ],
  { kp: [2000], kd: [200] },
)

const engines = { rapier: createSimulator, mujoco: createMujocoSimulator }

const open = (engine: keyof typeof engines, scene: Scene) =>
  engines[engine]({
    robot: pusher,
    scene,
    nEnvs: 1,
    physics: physicsSettings({ dt_s: 1 / 400, solverIterations: 4 }),
  })

/** The cabinet and its doors, opened so far, the right one turning at `rate`. */
function furnish(sim: Simulator, at: readonly number[], { angle = 1, rate = 0 } = {}): void {
  sim.placeObject(0, 0, at)
  for (const i of [1, 2]) {
    const hinge = hingeOf(i)
    const half = angle / 2
    const quat_w = [...hinge.axis.map((x) => x * Math.sin(half)), Math.cos(half)]
    const pos = hinge.anchorOn.map((x, k) => x + at[k])
    const angVel_w = hinge.axis.map((x) => (i === 1 ? rate * x : 0))
    sim.placeObject(0, i, pos, { quat_w, angVel_w })
  }
}

function hingeOf(i: number) {
  const { hinge } = cabinetScene.objects[i]
  if (!hinge) throw new Error(`${cabinetScene.objects[i].name} has no hinge`)
  return hinge
}

const doorAngle = (quat: ArrayLike<number>, at: number, hinge: Hinge): number =>
  2 * Math.atan2(hinge.axis[2] * quat[at + 2], quat[at + 3])

const angles = (sim: Simulator) =>
  [1, 2].map((i) => doorAngle(sim.states[0].objectQuat_w, 4 * i, hingeOf(i)))

/** Angles of both doors after every tenth of a second. */
async function watch(
  engine: keyof typeof engines,
  options: { readonly rate?: number; readonly push?: boolean; readonly seconds: number },
): Promise<number[][]> {
  const sim = await open(engine, cabinetScene)
  furnish(sim, [1.5, 0, 1], { angle: 0.8, ...(options.rate ? { rate: options.rate } : {}) })
  const seen: number[][] = []
  for (let k = 0; k < 10 * options.seconds; k++) {
    if (options.push) sim.controls[0].qTarget[0] = 0.8 + 0.04 * k
    sim.step(40)
    seen.push(angles(sim))
  }
  sim.dispose()
  return seen
}

describe('a cabinet in both engines', () => {
  it.each([
    ['a shove against the damping', { rate: -40, seconds: 1 }],
    ['the push of a fist until it is shut', { push: true, seconds: 3 }],
  ])('its doors move alike under %s', async (_name, how) => {
    const [rapier, mujoco] = [await watch('rapier', how), await watch('mujoco', how)]
    const moved = Math.max(...rapier.map(([right]) => Math.abs(right - 0.8)))
    expect(moved).toBeGreaterThan(0.05)
    rapier.forEach((doors, k) => {
      doors.forEach((angle, d) => {
        expect(Math.abs(mujoco[k][d] - angle), `door ${d} after ${k + 1} tenths`).toBeLessThan(
          tolerance,
        )
      })
    })
  })

  it('tells poses and speeds of what hangs as the first engine does, before and after a step', async () => {
    const [rapier, mujoco] = [
      await open('rapier', cabinetScene),
      await open('mujoco', cabinetScene),
    ]
    for (const sim of [rapier, mujoco]) furnish(sim, [1.5, 0.2, 0.9], { rate: 0.5 })
    for (const [steps, digits] of [
      [0, 6],
      [4, 1],
    ]) {
      if (steps > 0) for (const sim of [rapier, mujoco]) sim.step(steps)
      for (const key of [
        'objectPos_w',
        'objectQuat_w',
        'objectAngVel_w',
        'objectLinVel_w',
      ] as const) {
        rapier.states[0][key].forEach((x, i) => {
          expect(mujoco.states[0][key][i], `${key} ${i}`).toBeCloseTo(x, digits)
        })
      }
    }
    rapier.dispose()
    mujoco.dispose()
  })

  it('goes back to a moment, doors and all, and they come along when it is moved', async () => {
    const sim = await open('mujoco', cabinetScene)
    furnish(sim, [1.5, 0, 1], { rate: -2 })
    sim.step(20)
    const moment = sim.snapshot()
    sim.step(40)
    const after = [sim.hash(), ...angles(sim)]
    sim.restore(moment)
    sim.step(40)
    expect([sim.hash(), ...angles(sim)]).toEqual(after)
    const quat_w = [0, 0, Math.SQRT1_2, Math.SQRT1_2]
    sim.placeObject(0, 0, [0, 3, 1], { quat_w })
    const s = sim.states[0]
    const quat = [...s.objectQuat_w.subarray(4, 8)]
    expect(doorAngle(quatMul(quatConj(quat_w), quat), 0, hingeOf(1))).toBeCloseTo(after[1], 9)
    const hung = quatRotate(quat_w, hingeOf(1).anchorOn)
    expect(s.objectPos_w[3]).toBeCloseTo(hung[0], 9)
    expect(s.objectPos_w[4]).toBeCloseTo(3 + hung[1], 9)
    sim.dispose()
  })

  it('is refused where it hangs on nothing, or is damped in a way it cannot be', async () => {
    const [cabinet, right, left] = cabinetScene.objects
    const made = (objects: Scene['objects']) => open('mujoco', { ...cabinetScene, objects })
    await expect(made([right, cabinet, left])).rejects.toThrow('objects before it are none')
    await expect(made([cabinet, { ...right, angularDamping: 1 }, left])).rejects.toThrow(
      'by its hinge',
    )
  })
})
