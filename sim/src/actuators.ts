import { clamp, quatExpAt, quatMulAt, vecCross } from '@skillweave/math'
import {
  type Controls,
  type Disturbance,
  dofCount,
  type Joint,
  jointMiddle,
  type Robot,
} from '@skillweave/model'
import type { BodyAccess } from './body-access.ts'

/** What a robot's joints do besides following targets. All [nDof]. */
export interface ActuatorGains {
  readonly kp: Float64Array
  readonly kd: Float64Array
  /** Greatest |torque| or |force|. */
  readonly effort: Float64Array
  /** The part of kd that the solver takes care of, implicitly; not in the explicit torque. */
  readonly solved: Float64Array
  /** Viscous damping of the joint itself, N·m·s/rad. */
  readonly damping: Float64Array
  /** Dry friction, N·m, reached at the rate frictionLoss / frictionSlope. */
  readonly frictionLoss: Float64Array
  readonly frictionSlope: Float64Array
}

/** The arrays of all environments that actuators read and write. */
export interface ActuatorState {
  /** Of all environments. [nEnvs, nDof] */
  readonly targets: Controls
  readonly disturbances: readonly Disturbance[]
  /** Multiplies kp and kd. [nEnvs] */
  readonly gainScale: Float64Array
  /** Torques as applied. [nEnvs, nDof] */
  readonly tau: Float64Array
}

export interface Actuators {
  /** Read the targets of every environment. Once per control step. Throws when one is not finite. */
  setTargets(): void
  /** Compute torques from the bodies' states and write them to the bodies. Every physics step. */
  apply(bodies: BodyAccess): void
}

/**
 * Explicit PD for `nEnvs` copies of a robot, whose bodies start `bodiesPerEnv` apart with the links
 * first. τ = kp (qTarget − q) + kd (dqTarget − dq) + tauFf, clipped to the effort, plus the joint's
 * own damping and friction; applied as equal and opposite torques on the joint's two bodies.
 * What the solver damps (`solved`) is missing in the explicit torque, and in the torque recorded.
 * The error of a spherical joint is the rotation vector from its orientation to quat · exp(qTarget),
 * the shortest way, in the child frame.
 */
export function bindActuators(
  robot: Robot,
  gains: ActuatorGains,
  state: ActuatorState,
  nEnvs: number,
  bodiesPerEnv: number,
): Actuators {
  const { kp, kd, solved, effort, damping, frictionLoss, frictionSlope } = gains
  const { tau, gainScale } = state
  const { qTarget, dqTarget, tauFf } = state.targets
  const joints = robot.model.joints.map((joint, k) => bindJoint(robot, joint, k))
  const nJoints = joints.length
  const nLinks = nJoints + 1
  const nDof = dofCount(robot.model)
  const hasForces = joints.some((j) => j.type === 'prismatic')

  // quat · exp(qTarget) of the spherical joints. [nEnvs, nJoints, 4]
  const quatTarget = new Float64Array(4 * nEnvs * nJoints)
  // Sums over the joints of one robot, world frame. [nLinks, 3]
  const torque = new Float64Array(3 * nLinks)
  const force = new Float64Array(3 * nLinks)
  // Whether a robot's bodies hold forces that must be overwritten.
  const isForced = new Uint8Array(nEnvs)

  let floats: Float32Array = new Float32Array(0)
  let posAt = 0
  let linVelAt = 0
  let angVelAt = 0

  /** Clip and record the motor's torque for coordinate d; returns it with the passive torques. */
  const motor = (e: number, d: number, error: number, rate: number): number => {
    const scale = gainScale[e]
    const i = e * nDof + d
    let t = scale * (kp[d] * error + kd[d] * dqTarget[i] - (kd[d] - solved[d]) * rate) + tauFf[i]
    const limit = effort[d]
    t = clamp(t, -limit, limit)
    tau[i] = t
    const loss = frictionLoss[d]
    if (loss > 0) {
      const f = frictionSlope[d] * rate
      t -= clamp(f, -loss, loss)
    }
    return t - damping[d] * rate
  }

  const spherical = (e: number, j: BoundJoint, p: number, c: number): void => {
    const px = floats[p]
    const py = floats[p + 1]
    const pz = floats[p + 2]
    const pw = floats[p + 3]
    const x = -floats[c]
    const y = -floats[c + 1]
    const z = -floats[c + 2]
    const w = floats[c + 3]
    const t = 4 * (e * nJoints + j.index)
    const tx = quatTarget[t]
    const ty = quatTarget[t + 1]
    const tz = quatTarget[t + 2]
    const tw = quatTarget[t + 3]
    // Target orientation in the world, then seen from the child: conj(child) · (parent · target).
    const mx = pw * tx + px * tw + py * tz - pz * ty
    const my = pw * ty - px * tz + py * tw + pz * tx
    const mz = pw * tz + px * ty - py * tx + pz * tw
    const mw = pw * tw - px * tx - py * ty - pz * tz
    let ex = w * mx + x * mw + y * mz - z * my
    let ey = w * my - x * mz + y * mw + z * mx
    let ez = w * mz + x * my - y * mx + z * mw
    let ew = w * mw - x * mx - y * my - z * mz
    if (ew < 0) {
      ex = -ex
      ey = -ey
      ez = -ez
      ew = -ew
    }
    const n = Math.sqrt(ex * ex + ey * ey + ez * ez)
    const s = n < 1e-6 ? 2 : (2 * Math.atan2(n, ew)) / n
    // Relative angular velocity, world to child.
    const wx = floats[c + angVelAt] - floats[p + angVelAt]
    const wy = floats[c + angVelAt + 1] - floats[p + angVelAt + 1]
    const wz = floats[c + angVelAt + 2] - floats[p + angVelAt + 2]
    let ax = 2 * (y * wz - z * wy)
    let ay = 2 * (z * wx - x * wz)
    let az = 2 * (x * wy - y * wx)
    const d = j.dof
    const t0 = motor(e, d, s * ex, wx + w * ax + y * az - z * ay)
    const t1 = motor(e, d + 1, s * ey, wy + w * ay + z * ax - x * az)
    const t2 = motor(e, d + 2, s * ez, wz + w * az + x * ay - y * ax)
    // Torque, child to world.
    ax = 2 * (z * t1 - y * t2)
    ay = 2 * (x * t2 - z * t0)
    az = 2 * (y * t0 - x * t1)
    addTorque(
      j,
      t0 + w * ax - y * az + z * ay,
      t1 + w * ay - z * ax + x * az,
      t2 + w * az - x * ay + y * ax,
    )
  }

  const addTorque = (j: BoundJoint, x: number, y: number, z: number): void => {
    const c = 3 * j.child
    const p = 3 * j.parent
    torque[c] += x
    torque[c + 1] += y
    torque[c + 2] += z
    torque[p] -= x
    torque[p + 1] -= y
    torque[p + 2] -= z
  }

  const _axis = new Float64Array(3)
  const worldAxis = (j: BoundJoint, c: number): void => rotate(_axis, floats, c, j.axis)

  const revolute = (e: number, j: BoundJoint, p: number, c: number): void => {
    const px = -floats[p]
    const py = -floats[p + 1]
    const pz = -floats[p + 2]
    const pw = floats[p + 3]
    const x = floats[c]
    const y = floats[c + 1]
    const z = floats[c + 2]
    const w = floats[c + 3]
    // conj(parent) · child = quat · exp(axis q): sine and cosine of q / 2 are linear in it.
    const mx = pw * x + px * w + py * z - pz * y
    const my = pw * y - px * z + py * w + pz * x
    const mz = pw * z + px * y - py * x + pz * w
    const mw = pw * w - px * x - py * y - pz * z
    const { sine, cosine, middle, dof } = j
    const s = sine[0] * mx + sine[1] * my + sine[2] * mz + sine[3] * mw
    const co = cosine[0] * mx + cosine[1] * my + cosine[2] * mz + cosine[3] * mw
    let q = 2 * Math.atan2(s, co)
    if (q > middle + Math.PI) q -= 2 * Math.PI
    else if (q < middle - Math.PI) q += 2 * Math.PI
    worldAxis(j, c)
    const rate =
      _axis[0] * (floats[c + angVelAt] - floats[p + angVelAt]) +
      _axis[1] * (floats[c + angVelAt + 1] - floats[p + angVelAt + 1]) +
      _axis[2] * (floats[c + angVelAt + 2] - floats[p + angVelAt + 2])
    const t = motor(e, dof, qTarget[e * nDof + dof] - q, rate)
    addTorque(j, t * _axis[0], t * _axis[1], t * _axis[2])
  }

  const _anchor = new Float64Array(3)
  const _comParent = new Float64Array(3)
  const _comChild = new Float64Array(3)

  const prismatic = (e: number, j: BoundJoint, p: number, c: number): void => {
    worldAxis(j, c)
    rotate(_anchor, floats, p, j.pos)
    rotate(_comParent, floats, p, j.comParent)
    rotate(_comChild, floats, c, j.comChild)
    let q = 0
    let rate = 0
    for (let k = 0; k < 3; k++) {
      q += _axis[k] * (floats[c + posAt + k] - floats[p + posAt + k] - _anchor[k])
      rate += _axis[k] * (floats[c + linVelAt + k] - floats[p + linVelAt + k])
    }
    // Linear velocities are those of the centres of mass; both bodies turn at the same rate ω, so the
    // child's velocity against the parent is v_c − v_p − ω × (com_c − com_p).
    const rx = floats[c + posAt] - floats[p + posAt] + _comChild[0] - _comParent[0]
    const ry = floats[c + posAt + 1] - floats[p + posAt + 1] + _comChild[1] - _comParent[1]
    const rz = floats[c + posAt + 2] - floats[p + posAt + 2] + _comChild[2] - _comParent[2]
    const wx = floats[p + angVelAt]
    const wy = floats[p + angVelAt + 1]
    const wz = floats[p + angVelAt + 2]
    rate -=
      _axis[0] * (wy * rz - wz * ry) +
      _axis[1] * (wz * rx - wx * rz) +
      _axis[2] * (wx * ry - wy * rx)
    const f = motor(e, j.dof, qTarget[e * nDof + j.dof] - q, rate)
    const fx = f * _axis[0]
    const fy = f * _axis[1]
    const fz = f * _axis[2]
    const cf = 3 * j.child
    const pf = 3 * j.parent
    force[cf] += fx
    force[cf + 1] += fy
    force[cf + 2] += fz
    force[pf] -= fx
    force[pf + 1] -= fy
    force[pf + 2] -= fz
    // Both act at the child's centre of mass; the parent's has the lever r.
    torque[pf] -= ry * fz - rz * fy
    torque[pf + 1] -= rz * fx - rx * fz
    torque[pf + 2] -= rx * fy - ry * fx
  }

  return {
    setTargets() {
      for (let e = 0; e < nEnvs; e++) {
        let sum = 0
        for (let i = e * nDof; i < (e + 1) * nDof; i++) sum += qTarget[i] + dqTarget[i] + tauFf[i]
        if (!Number.isFinite(sum)) throw new Error(describeBadTarget(robot, state.targets))
        for (let k = 0; k < nJoints; k++) {
          if (joints[k].type !== 'spherical') continue
          const t = 4 * (e * nJoints + k)
          quatExpAt(quatTarget, t, qTarget, e * nDof + joints[k].dof)
          quatMulAt(quatTarget, t, joints[k].quat, 0, quatTarget, t)
        }
      }
    },
    apply(bodies) {
      floats = bodies.floats
      posAt = bodies.pos
      linVelAt = bodies.linVel
      angVelAt = bodies.angVel
      const { stride } = bodies
      for (let e = 0; e < nEnvs; e++) {
        const first = bodies.base + e * bodiesPerEnv * stride
        const disturbance = state.disturbances[e]
        const writesForce = hasForces || disturbance.enabled || isForced[e] === 1
        if (disturbance.enabled) {
          torque.set(disturbance.torque_w)
          force.set(disturbance.force_w)
        } else {
          torque.fill(0)
          if (writesForce) force.fill(0)
        }
        isForced[e] = disturbance.enabled ? 1 : 0

        for (let k = 0; k < nJoints; k++) {
          const j = joints[k]
          const p = first + j.parent * stride
          const c = first + j.child * stride
          if (j.type === 'spherical') spherical(e, j, p, c)
          else if (j.type === 'revolute') revolute(e, j, p, c)
          else prismatic(e, j, p, c)
        }
        write(torque, first + bodies.torque, stride)
        if (writesForce) write(force, first + bodies.force, stride)
      }
      bodies.push()
    },
  }

  function write(from: Float64Array, first: number, stride: number): void {
    for (let k = 0, o = first; k < 3 * nLinks; k += 3, o += stride) {
      floats[o] = from[k]
      floats[o + 1] = from[k + 1]
      floats[o + 2] = from[k + 2]
    }
  }
}

interface BoundJoint {
  readonly type: Joint['type']
  readonly index: number
  readonly parent: number
  readonly child: number
  readonly dof: number
  readonly pos: Float64Array
  readonly quat: Float64Array
  readonly axis: Float64Array
  /** sin(q/2) and cos(q/2) as dot products with the relative orientation x, y, z, w. */
  readonly sine: Float64Array
  readonly cosine: Float64Array
  readonly middle: number
  readonly comParent: Float64Array
  readonly comChild: Float64Array
}

function bindJoint(robot: Robot, joint: Joint, k: number): BoundJoint {
  const { links } = robot.model
  const child = k + 1
  const parent = links[child].parent
  const { axis, quat } = joint
  const [x, y, z, w] = quat
  // Vector part of conj(quat) · m along the axis: (w a − a × v)·m_v − (v·a) m_w.
  const cross = vecCross(axis, [x, y, z])
  const sine = [0, 1, 2].map((i) => w * axis[i] - cross[i])
  sine.push(-(x * axis[0] + y * axis[1] + z * axis[2]))
  return {
    type: joint.type,
    index: k,
    parent,
    child,
    dof: joint.dof,
    pos: Float64Array.from(joint.pos),
    quat: Float64Array.from(quat),
    axis: Float64Array.from(axis),
    sine: Float64Array.from(sine),
    cosine: Float64Array.from(quat),
    middle: jointMiddle(joint),
    comParent: Float64Array.from(links[parent].com),
    comChild: Float64Array.from(links[child].com),
  }
}

/** One number that is not finite would end the whole world: the engine stops at it for good. */
function describeBadTarget(robot: Robot, targets: Controls): string {
  const nDof = dofCount(robot.model)
  for (const key of ['qTarget', 'dqTarget', 'tauFf'] as const) {
    const i = targets[key].findIndex((x) => !Number.isFinite(x))
    if (i < 0) continue
    const name = robot.model.dofNames[i % nDof]
    return `${key} of ${name} in environment ${Math.floor(i / nDof)} is ${targets[key][i]}`
  }
  return 'targets are too large to add up'
}

/** out ← v rotated by the quaternion at q[o…]. */
function rotate(out: Float64Array, q: Float32Array, o: number, v: Float64Array): void {
  const x = q[o]
  const y = q[o + 1]
  const z = q[o + 2]
  const w = q[o + 3]
  const tx = 2 * (y * v[2] - z * v[1])
  const ty = 2 * (z * v[0] - x * v[2])
  const tz = 2 * (x * v[1] - y * v[0])
  out[0] = v[0] + w * tx + y * tz - z * ty
  out[1] = v[1] + w * ty + z * tx - x * tz
  out[2] = v[2] + w * tz + x * ty - y * tx
}
