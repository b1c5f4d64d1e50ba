import loadMujoco from '@mujoco/mujoco'
import type { Geom, PhysicsSettings, Robot, RobotModel, Simulator } from '@skillweave/model'

/** One robot in MuJoCo with its own implicit position servos. */
export interface MujocoRobot {
  /** Joint coordinates, model order; contents change with every step. */
  readonly q: Float64Array
  /** Position targets. [nDof] */
  readonly target: Float64Array
  /** Height of the base, m. */
  baseHeight(): number
  /** Default pose, still. */
  reset(): void
  step(nSteps: number): void
  dispose(): void
}

let loading: ReturnType<typeof loadMujoco> | undefined

/**
 * The robot as the simulator has it: inertia, gains, torque limits, geoms of the feet on a plane.
 * Revolute and prismatic joints only. `bolted`: base fixed, no contacts, no joint limits.
 */
export async function createMujocoRobot(
  robot: Robot,
  options: {
    readonly dt_s: number
    readonly gains: Simulator['gains']
    readonly bolted: boolean
    readonly friction: number
  },
): Promise<MujocoRobot> {
  loading ??= loadMujoco()
  const mujoco = await loading
  const model = mujoco.MjModel.from_xml_string(mjcf(robot, options))
  if (!model) throw new Error(`MuJoCo refuses the model of ${robot.name}`)
  const data = new mujoco.MjData(model)
  // Views of MuJoCo's memory; it does not grow while stepping.
  const { qpos, ctrl } = data
  const first = options.bolted ? 0 : 7
  const q = qpos.subarray(first)
  const reset = () => {
    mujoco.mj_resetData(model, data)
    if (!options.bolted) {
      const [x, y, z, w] = robot.standingQuat
      qpos.set([0, 0, robot.standingHeight, w, x, y, z])
    }
    q.set(robot.qDefault)
    ctrl.set(robot.qDefault)
  }
  reset()
  return {
    q,
    target: ctrl,
    baseHeight: () => (options.bolted ? robot.standingHeight : qpos[2]),
    reset,
    step: (nSteps) => {
      for (let i = 0; i < nSteps; i++) mujoco.mj_step(model, data)
    },
    dispose: () => {
      data.delete()
      model.delete()
    },
  }
}

/** Ours, with which MuJoCo is compared: contacts of the feet only, as in training. */
export const comparedPhysics = (
  dt_s: number,
  [solverIterations, pgsIterations]: readonly [number, number],
): PhysicsSettings => ({
  dt_s,
  solverIterations,
  pgsIterations,
  groundContact: 'feet',
  selfCollision: false,
  footContact: false,
})

function mjcf(
  robot: Robot,
  {
    dt_s,
    gains,
    bolted,
    friction,
  }: {
    readonly dt_s: number
    readonly gains: Simulator['gains']
    readonly bolted: boolean
    readonly friction: number
  },
): string {
  const { joints } = robot.model
  const servos = joints.map((joint) => {
    const { kp, kd, effort } = gains
    const d = joint.dof
    return `<position joint="${joint.name}" kp="${kp[d]}" kv="${kd[d]}"
      forcelimited="true" forcerange="${-effort[d]} ${effort[d]}"/>`
  })
  const floor = bolted
    ? ''
    : `<geom type="plane" size="0 0 1" friction="${friction}" contype="1" conaffinity="0"/>`
  return `<mujoco>
  <compiler angle="radian" inertiafromgeom="false" balanceinertia="false"/>
  <option timestep="${dt_s}" integrator="implicitfast"/>
  <size memory="4M"/>
  <default><geom contype="0" conaffinity="0"/></default>
  <worldbody>${floor}${body(robot, 0, bolted)}</worldbody>
  <actuator>${servos.join('')}</actuator>
</mujoco>`
}

function body(robot: Robot, k: number, bolted: boolean): string {
  const { links, joints }: RobotModel = robot.model
  const link = links[k]
  const joint = k > 0 ? joints[k - 1] : undefined
  const [x, y, z, w] = joint ? joint.quat : robot.standingQuat
  const pos = joint ? joint.pos : [0, 0, robot.standingHeight]
  // The simulator adds this to every link but the base.
  const added = joint ? Math.max(robot.addedInertia, joint.armature) : 0
  const [xx, yy, zz, xy, xz, yz] = link.inertia
  const geoms = robot.feet.includes(link.name) && !bolted ? link.geoms.map(geomXml).join('') : ''
  const children = links.map((l, i) => (l.parent === k ? body(robot, i, bolted) : '')).join('')
  return `<body name="${link.name}" pos="${pos.join(' ')}" quat="${w} ${x} ${y} ${z}">
    ${joint ? jointXml(robot, k - 1, bolted) : bolted ? '' : '<freejoint/>'}
    <inertial pos="${link.com.join(' ')}" mass="${link.mass}"
      fullinertia="${[xx + added, yy + added, zz + added, xy, xz, yz].join(' ')}"/>
    ${geoms}${children}
  </body>`
}

function jointXml(robot: Robot, k: number, bolted: boolean): string {
  const joint = robot.model.joints[k]
  if (joint.type === 'spherical') {
    throw new Error(`${robot.name}: joint ${joint.name} is spherical; only revolute and prismatic`)
  }
  const type = joint.type === 'revolute' ? 'hinge' : 'slide'
  const limited = Number.isFinite(joint.lower[0]) && !bolted
  const limits = limited ? `limited="true" range="${joint.lower[0]} ${joint.upper[0]}"` : ''
  return `<joint name="${joint.name}" type="${type}" axis="${joint.axis.join(' ')}" ${limits}
    damping="${joint.damping}"/>`
}

/** What can touch the floor. */
function geomXml(geom: Geom): string {
  if (geom.collides === false) return ''
  const contact = 'conaffinity="1"'
  if (geom.type === 'sphere') {
    return `<geom type="sphere" ${contact} pos="${geom.pos.join(' ')}" size="${geom.radius}"/>`
  }
  if (geom.type === 'box') {
    const [x, y, z, w] = geom.quat
    return `<geom type="box" ${contact} pos="${geom.pos.join(' ')}" quat="${w} ${x} ${y} ${z}"
      size="${geom.halfSize.join(' ')}"/>`
  }
  return `<geom type="${geom.type}" ${contact} fromto="${geom.from.join(' ')} ${geom.to.join(' ')}"
    size="${geom.radius}"/>`
}
