import type { MjModel } from '@mujoco/mujoco'
import {
  quatConjMulAt,
  quatExpAt,
  quatMulAt,
  quatRotateAt,
  quatRotateInvAt,
} from '@skillweave/math'
import {
  type Hinge,
  objectIndex,
  type Scene,
  type SceneObject,
  type Simulator,
  type StateView,
} from '@skillweave/model'
import type { ObjectLayout, WorldLayout } from './world-layout.ts'
import { readQuat, type Views, writeQuat } from './world-memory.ts'

type Placement = Pick<StateView, 'objectPos_w' | 'objectQuat_w'> &
  Pick<StateView, 'objectLinVel_w' | 'objectAngVel_w'>

/** Where and how fast an object should be; absent: upright and still. */
type PlaceAt = NonNullable<Parameters<Simulator['placeObject']>[3]> & {
  readonly pos_w: ArrayLike<number>
}

/** The objects of one environment: free, hanging on a hinge, or moved only by hand. */
export interface Objects {
  /** Velocities of kinematic objects, which MuJoCo does not keep. [6 · objects] */
  readonly vel: Float64Array
  /** One that hangs goes as far as its hinge lets it; where to is ignored. */
  place(i: number, to: PlaceAt, views: Views): void
  /** Kinematic objects move on for a physics step at the velocity they were placed with. */
  glide(views: Views): void
  /** Bring all into the state view. */
  read(views: Views): void
}

export function bindObjects(
  s: Placement,
  options: { readonly scene: Scene; readonly layout: WorldLayout; readonly dt_s: number },
): Objects {
  const { scene, dt_s } = options
  const vel = new Float64Array(6 * scene.objects.length)
  const bound = scene.objects.map((object, i) => {
    const at = options.layout.objects[i]
    if (object.motion === 'kinematic') return kinematic(s, i, at, { vel, dt_s })
    if (!object.hinge) return free(s, i, at)
    return hanging(s, i, at, { hinge: object.hinge, on: objectIndex(scene, object.hinge.on) })
  })
  return {
    vel,
    place: (i, to, views) => bound[i].place(to, views),
    glide: (views) => {
      for (const object of bound) object.glide?.(views)
    },
    read: (views) => {
      // In scene order: what hangs is read after what it hangs on.
      for (const object of bound) object.read(views)
    },
  }
}

interface BoundObject {
  place(to: PlaceAt, views: Views): void
  glide?(views: Views): void
  read(views: Views): void
}

function free(s: Placement, i: number, at: ObjectLayout): BoundObject {
  return {
    place: (to, { qpos, qvel }) => {
      for (let k = 0; k < 3; k++) {
        qpos[at.qpos + k] = to.pos_w[k]
        qvel[at.qvel + k] = to.linVel_w?.[k] ?? 0
      }
      _quat.set(to.quat_w ?? upright)
      writeQuat(qpos, at.qpos + 3, _quat)
      // A free joint turns at a rate in the body's own frame.
      _vec.set(to.angVel_w ?? still)
      quatRotateInvAt(qvel, at.qvel + 3, _quat, 0, _vec, 0)
    },
    read: ({ qpos, qvel }) => {
      for (let k = 0; k < 3; k++) {
        s.objectPos_w[3 * i + k] = qpos[at.qpos + k]
        s.objectLinVel_w[3 * i + k] = qvel[at.qvel + k]
      }
      readQuat(s.objectQuat_w, 4 * i, qpos, at.qpos + 3)
      quatRotateAt(s.objectAngVel_w, 3 * i, s.objectQuat_w, 4 * i, qvel, at.qvel + 3)
    },
  }
}

function kinematic(
  s: Placement,
  i: number,
  { mocap }: ObjectLayout,
  { vel, dt_s }: { readonly vel: Float64Array; readonly dt_s: number },
): BoundObject {
  return {
    place: (to, { mocapPos, mocapQuat }) => {
      for (let k = 0; k < 3; k++) mocapPos[3 * mocap + k] = to.pos_w[k]
      writeQuat(mocapQuat, 4 * mocap, to.quat_w ?? upright)
      vel.set(to.linVel_w ?? still, 6 * i)
      vel.set(to.angVel_w ?? still, 6 * i + 3)
    },
    glide: ({ mocapPos, mocapQuat }) => {
      for (let k = 0; k < 3; k++) mocapPos[3 * mocap + k] += dt_s * vel[6 * i + k]
      for (let k = 0; k < 3; k++) _vec[k] = dt_s * vel[6 * i + 3 + k]
      if (_vec[0] === 0 && _vec[1] === 0 && _vec[2] === 0) return
      quatExpAt(_turn, 0, _vec, 0)
      readQuat(_quat, 0, mocapQuat, 4 * mocap)
      quatMulAt(_quat, 0, _turn, 0, _quat, 0)
      writeQuat(mocapQuat, 4 * mocap, _quat)
    },
    read: ({ mocapPos, mocapQuat }) => {
      for (let k = 0; k < 3; k++) {
        s.objectPos_w[3 * i + k] = mocapPos[3 * mocap + k]
        s.objectLinVel_w[3 * i + k] = vel[6 * i + k]
        s.objectAngVel_w[3 * i + k] = vel[6 * i + 3 + k]
      }
      readQuat(s.objectQuat_w, 4 * i, mocapQuat, 4 * mocap)
    },
  }
}

function hanging(
  s: Placement,
  i: number,
  at: ObjectLayout,
  { hinge, on }: { readonly hinge: Hinge; readonly on: number },
): BoundObject {
  const { axis, anchorOn, anchor } = hinge
  const alongAxis = (v: ArrayLike<number>) => v[0] * axis[0] + v[1] * axis[1] + v[2] * axis[2]
  return {
    place: (to, { qpos, qvel }) => {
      _quat.set(to.quat_w ?? upright)
      quatConjMulAt(_turn, 0, s.objectQuat_w, 4 * on, _quat, 0)
      const angle = 2 * Math.atan2(alongAxis(_turn), _turn[3])
      qpos[at.qpos] = Math.atan2(Math.sin(angle), Math.cos(angle))
      for (let k = 0; k < 3; k++) {
        _vec[k] = (to.angVel_w?.[k] ?? 0) - s.objectAngVel_w[3 * on + k]
      }
      quatRotateInvAt(_vec, 0, s.objectQuat_w, 4 * on, _vec, 0)
      qvel[at.qvel] = alongAxis(_vec)
    },
    read: ({ qpos, qvel }) => {
      for (let k = 0; k < 3; k++) _vec[k] = qpos[at.qpos] * axis[k]
      quatExpAt(_turn, 0, _vec, 0)
      quatMulAt(s.objectQuat_w, 4 * i, s.objectQuat_w, 4 * on, _turn, 0)
      // From the other's origin to the hinge, and from there to this one's.
      quatRotateAt(_out, 0, s.objectQuat_w, 4 * on, anchorOn, 0)
      quatRotateAt(_back, 0, s.objectQuat_w, 4 * i, anchor, 0)
      quatRotateAt(_vec, 0, s.objectQuat_w, 4 * on, axis, 0)
      for (let k = 0; k < 3; k++) {
        s.objectPos_w[3 * i + k] = s.objectPos_w[3 * on + k] + _out[k] - _back[k]
        s.objectAngVel_w[3 * i + k] = s.objectAngVel_w[3 * on + k] + qvel[at.qvel] * _vec[k]
        s.objectLinVel_w[3 * i + k] =
          s.objectLinVel_w[3 * on + k] +
          crossAt(s.objectAngVel_w, 3 * on, _out, k) -
          crossAt(s.objectAngVel_w, 3 * i, _back, k)
      }
    },
  }
}

/**
 * Damping of what moves, as the Rapier engine has it: a share of the velocity per second. Throws for a hanging object with damping besides
 * its hinge's.
 */
export function dampObjects(model: MjModel, { objects }: Scene, layout: WorldLayout): void {
  const damping = model.dof_damping as Float64Array
  const inertia = model.body_inertia as Float64Array
  objects.forEach((object, i) => {
    if (object.motion === 'kinematic') return
    if (object.hinge) {
      requireHingeOnly(object)
      return
    }
    const { body, qvel } = layout.objects[i]
    for (let k = 0; k < 3; k++) {
      damping[qvel + k] = object.mass * object.linearDamping
      damping[qvel + 3 + k] = inertia[3 * body + k] * object.angularDamping
    }
  })
}

function requireHingeOnly({ name, linearDamping, angularDamping }: SceneObject): void {
  if (linearDamping === 0 && angularDamping === 0) return
  throw new Error(
    `object "${name}" hangs on a hinge: the MuJoCo engine damps it by its hinge's damping only`,
  )
}

/** Component k of a × b. */
const crossAt = (a: Float64Array, ao: number, b: Float64Array, k: number): number => {
  const [i, j] = [(k + 1) % 3, (k + 2) % 3]
  return a[ao + i] * b[j] - a[ao + j] * b[i]
}

const upright = [0, 0, 0, 1]
const still = [0, 0, 0]
const _quat = new Float64Array(4)
const _turn = new Float64Array(4)
const _vec = new Float64Array(3)
const _out = new Float64Array(3)
const _back = new Float64Array(3)
