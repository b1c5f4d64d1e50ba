import loadMujoco from '@mujoco/mujoco'
import { quatExpAt, quatLogAt, type ReadonlyFloats } from '@skillweave/math'
import type { Robot, RobotModel } from '@skillweave/model'

/** The same robot in MuJoCo, base bolted at `basePos`, PD computed here at MuJoCo's own small step. */
export interface Oracle {
  readonly q: Float64Array
  readonly dq: Float64Array
  set(q: ReadonlyFloats, dq?: ReadonlyFloats): void
  /** Advance; `target` gives qTarget at a time since the last `set`. No target, no torques. */
  run(duration_s: number, target?: ReadonlyFloats): void
  dispose(): void
}

let loading: ReturnType<typeof loadMujoco> | undefined

export async function createOracle(
  robot: Robot,
  gains: {
    readonly kp: ReadonlyFloats
    readonly kd: ReadonlyFloats
    readonly effort: ReadonlyFloats
  },
  dt_s = 1 / 4000,
): Promise<Oracle> {
  loading ??= loadMujoco()
  const mujoco = await loading
  const model = mujoco.MjModel.from_xml_string(fixedBaseMjcf(robot, dt_s))
  const data = new mujoco.MjData(model)
  const { joints, dofNames } = robot.model
  const nDof = dofNames.length
  const q = new Float64Array(nDof)
  const dq = new Float64Array(nDof)
  const rel = new Float64Array(4)
  const err = new Float64Array(3)

  const read = () => {
    const { qpos, qvel } = data
    let at = 0
    for (const joint of joints) {
      if (joint.type === 'spherical') {
        rel.set([qpos[at + 1], qpos[at + 2], qpos[at + 3], qpos[at]])
        quatLogAt(q, joint.dof, rel, 0)
        at += 4
      } else q[joint.dof] = qpos[at++]
    }
    for (let d = 0; d < nDof; d++) dq[d] = qvel[d]
  }

  const applyPd = (target: ReadonlyFloats) => {
    const tau = new Float64Array(nDof)
    for (const joint of joints) {
      const d = joint.dof
      if (joint.type === 'spherical') {
        const a = new Float64Array(4)
        const b = new Float64Array(4)
        quatExpAt(a, 0, q, d)
        quatExpAt(b, 0, target, d)
        // conj(a) · b
        const [x, y, z, w] = [-a[0], -a[1], -a[2], a[3]]
        rel[0] = w * b[0] + x * b[3] + y * b[2] - z * b[1]
        rel[1] = w * b[1] - x * b[2] + y * b[3] + z * b[0]
        rel[2] = w * b[2] + x * b[1] - y * b[0] + z * b[3]
        rel[3] = w * b[3] - x * b[0] - y * b[1] - z * b[2]
        quatLogAt(err, 0, rel, 0)
        for (let k = 0; k < 3; k++) tau[d + k] = err[k]
      } else tau[d] = target[d] - q[d]
    }
    const out = data.qfrc_applied
    for (let d = 0; d < nDof; d++) {
      const t = gains.kp[d] * tau[d] - gains.kd[d] * dq[d]
      out[d] = Math.min(gains.effort[d], Math.max(-gains.effort[d], t))
    }
  }

  return {
    q,
    dq,
    set(q0, dq0) {
      mujoco.mj_resetData(model, data)
      const { qpos, qvel } = data
      let at = 0
      for (const joint of joints) {
        if (joint.type === 'spherical') {
          quatExpAt(rel, 0, q0, joint.dof)
          for (const x of [rel[3], rel[0], rel[1], rel[2]]) qpos[at++] = x
        } else qpos[at++] = q0[joint.dof]
      }
      for (let d = 0; d < nDof; d++) qvel[d] = dq0 ? dq0[d] : 0
      read()
    },
    run(duration_s, target) {
      for (let i = 0; i < Math.round(duration_s / dt_s); i++) {
        if (target) applyPd(target)
        mujoco.mj_step(model, data)
        read()
      }
    },
    dispose() {
      data.delete()
      model.delete()
    },
  }
}

/** MJCF of a robot with its base bolted to the world, without contacts; inertia as the simulator has it. */
function fixedBaseMjcf(robot: Robot, dt_s: number): string {
  return `<mujoco>
  <compiler angle="radian" inertiafromgeom="false" balanceinertia="false"/>
  <option timestep="${dt_s}" integrator="RK4"><flag contact="disable"/></option>
  <size memory="4M"/>
  <worldbody>${body(robot, 0)}</worldbody>
</mujoco>`
}

function body(robot: Robot, k: number): string {
  const { links, joints }: RobotModel = robot.model
  const link = links[k]
  const joint = k > 0 ? joints[k - 1] : undefined
  const children = links.map((l, i) => (l.parent === k ? body(robot, i) : '')).join('')
  const [x, y, z, w] = joint ? joint.quat : robot.standingQuat
  const pos = joint ? joint.pos : [0, 0, robot.standingHeight]
  const added = joint ? Math.max(robot.addedInertia, joint.armature) : 0
  const [xx, yy, zz, xy, xz, yz] = link.inertia
  const type = { revolute: 'hinge', prismatic: 'slide', spherical: 'ball' }
  const isLimited = joint && joint.type !== 'spherical' && Number.isFinite(joint.lower[0])
  const limits = isLimited ? `limited="true" range="${joint.lower[0]} ${joint.upper[0]}"` : ''
  const axis = joint && joint.type !== 'spherical' ? `axis="${joint.axis.join(' ')}"` : ''
  return `<body name="${link.name}" pos="${pos.join(' ')}" quat="${w} ${x} ${y} ${z}">
    ${joint ? `<joint type="${type[joint.type]}" ${axis} ${limits} damping="${joint.damping}"/>` : ''}
    <inertial pos="${link.com.join(' ')}" mass="${link.mass}"
      fullinertia="${[xx + added, yy + added, zz + added, xy, xz, yz].join(' ')}"/>
    ${children}
  </body>`
}
