import type { MjData, MjModel } from '@mujoco/mujoco'
import loadMujoco from '@mujoco/mujoco'
import { quatExpAt, quatLogAt, quatMulAt, quatRotateAt, quatRotateInvAt } from '@skillweave/math'
import {
  bindKinematics,
  type Controls,
  type Disturbance,
  dofCount,
  type Joint,
  jointDofs,
  type Kinematics,
  type Randomization,
  type ResetState,
  type Robot,
  type Scene,
  type Simulator,
  type SimulatorOptions,
  type StateView,
} from '@skillweave/model'
import { worldMjcf } from './world-mjcf.ts'

type Mujoco = Awaited<ReturnType<typeof loadMujoco>>

let loading: Promise<Mujoco> | undefined

/**
 * The port to physics on MuJoCo, for trying a policy in a second engine: every environment is a world of
 * its own. Rejects with what is wrong when the robot or the scene cannot be built.
 *
 * PD is integrated implicitly, so gains are used as they are (`robot.gainLimit` is ignored), and
 * `solverIterations` and `pgsIterations` of the physics settings have no meaning here.
 */
export async function createMujocoSimulator(options: SimulatorOptions): Promise<Simulator> {
  loading ??= loadMujoco()
  return new MujocoWorlds(await loading, options)
}

class MujocoWorlds implements Simulator {
  readonly nEnvs: number
  readonly robot: Robot
  readonly scene: Scene
  readonly gains: Simulator['gains']
  readonly states: readonly StateView[]
  readonly controls: readonly Controls[]
  readonly disturbances: readonly Disturbance[]
  readonly #worlds: readonly MujocoWorld[]

  constructor(mujoco: Mujoco, options: SimulatorOptions) {
    const { robot } = options
    this.nEnvs = options.nEnvs
    this.robot = robot
    this.scene = options.scene
    this.gains = {
      kp: Float64Array.from(robot.kp),
      kd: Float64Array.from(robot.kd),
      effort: Float64Array.from(robot.effort),
    }
    const xml = worldMjcf(options)
    this.#worlds = Array.from(
      { length: options.nEnvs },
      (_, e) => new MujocoWorld(mujoco, xml, options, this.gains, e),
    )
    this.states = this.#worlds.map((w) => w.state)
    this.controls = this.#worlds.map((w) => w.controls)
    this.disturbances = this.#worlds.map((w) => w.disturbance)
  }

  step(nSteps: number): void {
    for (const world of this.#worlds) world.step(nSteps)
  }
  reset(e: number, to: ResetState): void {
    this.#worlds[e].reset(to)
  }
  placeObject(
    e: number,
    object: number,
    pos_w: ArrayLike<number>,
    options: Parameters<Simulator['placeObject']>[3] = {},
  ): void {
    if (!(object >= 0 && object < this.scene.objects.length)) {
      throw new Error(`there is no object ${object}; the scene has ${this.scene.objects.length}`)
    }
    this.#worlds[e].placeObject(object, pos_w, options)
  }
  addVelocity(e: number, linVel_w: ArrayLike<number>): void {
    this.#worlds[e].addVelocity(linVel_w)
  }
  randomize(e: number, to: Randomization): void {
    this.#worlds[e].randomize(to)
  }
  snapshot(): Uint8Array {
    const parts = this.#worlds.map((w) => w.save())
    const out = new Float64Array(parts.reduce((sum, p) => sum + p.length, 0))
    let at = 0
    for (const part of parts) {
      out.set(part, at)
      at += part.length
    }
    return new Uint8Array(out.buffer)
  }
  restore(snapshot: Uint8Array): void {
    const all = new Float64Array(snapshot.slice().buffer)
    let at = 0
    for (const world of this.#worlds) at += world.load(all.subarray(at))
  }
  hash(): number {
    let h = 0x811c9dc5
    for (const world of this.#worlds) h = world.hash(h)
    return h >>> 0
  }
  dispose(): void {
    for (const world of this.#worlds) world.dispose()
  }
}

/** MuJoCo's arrays, as views of its memory. */
interface Views {
  readonly qpos: Float64Array
  readonly qvel: Float64Array
  readonly ctrl: Float64Array
  readonly warmstart: Float64Array
  readonly force: Float64Array
  readonly xfrc: Float64Array
  readonly touch: Float64Array
  readonly mocapPos: Float64Array
  readonly mocapQuat: Float64Array
}

/** One environment. */
class MujocoWorld {
  readonly state: StateView
  readonly controls: Controls
  readonly disturbance: Disturbance
  readonly #mujoco: Mujoco
  readonly #model: MjModel
  readonly #data: MjData
  readonly #robot: Robot
  readonly #scene: Scene
  readonly #gains: Simulator['gains']
  readonly #dt_s: number
  readonly #kinematics: Kinematics
  readonly #footContact: boolean
  /** Where the joints' coordinates and rates begin. */
  readonly #qposAt: number
  readonly #qvelAt: number
  /** Where each object's coordinates are: in qpos and qvel, or in the mocap arrays. */
  readonly #objects: readonly { qpos: number; qvel: number; mocap: number }[]
  readonly #objectVel: Float64Array
  #gainScale = 1
  #views: Views

  constructor(
    mujoco: Mujoco,
    xml: string,
    { robot, scene, physics }: SimulatorOptions,
    gains: Simulator['gains'],
    index: number,
  ) {
    const model = mujoco.MjModel.from_xml_string(xml)
    if (!model) throw new Error(`MuJoCo refuses the model of ${robot.name}`)
    this.#mujoco = mujoco
    this.#model = model
    this.#data = new mujoco.MjData(model)
    this.#robot = robot
    this.#scene = scene
    this.#gains = gains
    this.#dt_s = physics.dt_s
    this.#footContact = physics.footContact
    this.#kinematics = bindKinematics(robot.model)
    const isFloating = robot.model.base === 'floating'
    this.#qposAt = isFloating ? 7 : 0
    this.#qvelAt = isFloating ? 6 : 0
    const nDof = dofCount(robot.model)
    let qpos = this.#qposAt + robot.model.joints.reduce((n, j) => n + coordinates(j), 0)
    let qvel = this.#qvelAt + nDof
    let mocap = 0
    this.#objects = scene.objects.map(({ motion }) => {
      const at = { qpos, qvel, mocap }
      if (motion === 'dynamic') {
        qpos += 7
        qvel += 6
      } else mocap++
      return at
    })
    const nObjects = scene.objects.length
    this.#objectVel = new Float64Array(6 * nObjects)
    const nLinks = robot.model.links.length
    const vectors = (n: number) => new Float64Array(n)
    this.state = {
      index,
      q: vectors(nDof),
      dq: vectors(nDof),
      tau: vectors(nDof),
      linkPos_w: vectors(3 * nLinks),
      linkQuat_w: vectors(4 * nLinks),
      linkLinVel_w: vectors(3 * nLinks),
      linkAngVel_w: vectors(3 * nLinks),
      objectPos_w: vectors(3 * nObjects),
      objectQuat_w: vectors(4 * nObjects),
      objectLinVel_w: vectors(3 * nObjects),
      objectAngVel_w: vectors(3 * nObjects),
      footContact: vectors(robot.feet.length),
    }
    this.controls = {
      qTarget: Float64Array.from(robot.qDefault),
      dqTarget: vectors(nDof),
      tauFf: vectors(nDof),
    }
    this.disturbance = {
      force_w: vectors(3 * nLinks),
      torque_w: vectors(3 * nLinks),
      enabled: false,
    }
    this.#views = this.#look()
    const forcerange = this.#model.actuator_forcerange as Float64Array
    for (let d = 0; d < nDof; d++) {
      forcerange[2 * d] = -gains.effort[d]
      forcerange[2 * d + 1] = gains.effort[d]
    }
    this.#setDamping()
    scene.objects.forEach((object, i) => {
      if (object.motion !== 'dynamic') return
      const damping = this.#model.dof_damping as Float64Array
      const inertia = this.#model.body_inertia as Float64Array
      const body = 1 + nLinks + i
      for (let k = 0; k < 3; k++) {
        damping[this.#objects[i].qvel + k] = object.mass * object.linearDamping
        damping[this.#objects[i].qvel + 3 + k] = inertia[3 * body] * object.angularDamping
      }
    })
    this.reset({
      basePos_w: [0, 0, robot.standingHeight],
      baseQuat_w: robot.standingQuat,
      q: robot.qDefault,
    })
  }

  step(nSteps: number): void {
    this.#requireTargets()
    this.#attach()
    this.#push()
    for (let i = 0; i < nSteps; i++) {
      this.#actuate()
      this.#mujoco.mj_step(this.#model, this.#data)
      this.#glide()
      this.#readJoints()
    }
    this.#readState()
  }

  reset(to: ResetState): void {
    const { q, dq, tau } = this.state
    if (to.q.length !== q.length) {
      throw new Error(
        `reset needs ${q.length} joint coordinates for ${this.#robot.name}, got ${to.q.length}`,
      )
    }
    this.#attach()
    const { qpos, qvel, warmstart } = this.#views
    if (this.#qposAt > 0) {
      qpos.set([to.basePos_w[0], to.basePos_w[1], to.basePos_w[2]], 0)
      writeQuat(qpos, 3, to.baseQuat_w)
      for (let k = 0; k < 3; k++) qvel[k] = to.baseLinVel_w?.[k] ?? 0
      // A free joint turns at a rate in the body's own frame.
      _quat.set(to.baseQuat_w)
      _vec.set(to.baseAngVel_w ?? [0, 0, 0])
      quatRotateInvAt(qvel, 3, _quat, 0, _vec, 0)
    }
    let at = this.#qposAt
    for (const joint of this.#robot.model.joints) {
      if (joint.type === 'spherical') {
        quatExpAt(_quat, 0, to.q, joint.dof)
        writeQuat(qpos, at, _quat)
      } else qpos[at] = to.q[joint.dof]
      at += coordinates(joint)
    }
    for (let d = 0; d < dq.length; d++) qvel[this.#qvelAt + d] = to.dq?.[d] ?? 0
    warmstart.fill(0)
    tau.fill(0)
    this.#readJoints()
    this.#readState()
    this.state.footContact.fill(0)
  }

  placeObject(
    i: number,
    pos_w: ArrayLike<number>,
    to: NonNullable<Parameters<Simulator['placeObject']>[3]>,
  ): void {
    this.#attach()
    const { qpos, qvel, mocapPos, mocapQuat } = this.#views
    const at = this.#objects[i]
    const quat = to.quat_w ?? [0, 0, 0, 1]
    const lin = to.linVel_w ?? [0, 0, 0]
    const ang = to.angVel_w ?? [0, 0, 0]
    if (this.#scene.objects[i].motion === 'dynamic') {
      for (let k = 0; k < 3; k++) {
        qpos[at.qpos + k] = pos_w[k]
        qvel[at.qvel + k] = lin[k]
      }
      writeQuat(qpos, at.qpos + 3, quat)
      _quat.set(quat)
      _vec.set(ang)
      quatRotateInvAt(qvel, at.qvel + 3, _quat, 0, _vec, 0)
    } else {
      for (let k = 0; k < 3; k++) mocapPos[3 * at.mocap + k] = pos_w[k]
      writeQuat(mocapQuat, 4 * at.mocap, quat)
      this.#objectVel.set(lin, 6 * i)
      this.#objectVel.set(ang, 6 * i + 3)
    }
    this.#readObject(i)
  }

  /** A robot whose base is bolted does not move when pushed. */
  addVelocity(linVel_w: ArrayLike<number>): void {
    if (this.#qvelAt === 0) return
    this.#attach()
    for (let k = 0; k < 3; k++) this.#views.qvel[k] += linVel_w[k]
    this.#readState()
  }

  randomize(to: Randomization): void {
    const nLinks = this.#robot.model.links.length
    const mass = this.#model.body_mass as Float64Array
    const inertia = this.#model.body_inertia as Float64Array
    const scaleBody = (body: number, k: number) => {
      mass[body] *= k
      for (let c = 0; c < 3; c++) inertia[3 * body + c] *= k
    }
    if (to.gainScale !== undefined) {
      this.#gainScale = to.gainScale
      this.#setDamping()
    }
    if (to.massScale !== undefined) {
      // The base's mass has no rotor inertia mixed in: it tells what the present scale is.
      const scale = to.massScale / (mass[1] / this.#robot.model.links[0].mass)
      for (let body = 1; body <= nLinks; body++) scaleBody(body, scale)
    }
    const geomBody = this.#model.geom_bodyid as Int32Array
    const forGeoms = (body: number, change: (g: number) => void) => {
      for (let g = 0; g < geomBody.length; g++) if (geomBody[g] === body) change(g)
    }
    if (to.friction !== undefined) {
      const friction = this.#model.geom_friction as Float64Array
      const value = to.friction
      for (const foot of this.#robot.feet) {
        const link = this.#robot.model.links.findIndex((l) => l.name === foot)
        forGeoms(1 + link, (g) => {
          friction[3 * g] = value
        })
      }
    }
    this.#scene.objects.forEach((object, i) => {
      const body = 1 + nLinks + i
      const wanted = to.objectMass?.[i]
      if (wanted !== undefined && object.motion === 'dynamic') scaleBody(body, wanted / mass[body])
      if (to.objectRestitution?.[i] !== undefined) {
        throw new Error('the MuJoCo engine cannot change how objects bounce after it is built')
      }
    })
  }

  /** Everything that decides the future. */
  save(): Float64Array {
    this.#attach()
    const { qpos, qvel, warmstart, mocapPos, mocapQuat } = this.#views
    const { qTarget, dqTarget, tauFf } = this.controls
    const { force_w, torque_w, enabled } = this.disturbance
    const { tau, footContact } = this.state
    const own = [qpos, qvel, warmstart, mocapPos, mocapQuat, this.#objectVel, qTarget, dqTarget]
    const more = [tauFf, force_w, torque_w, tau, footContact, [enabled ? 1 : 0]]
    return Float64Array.from([...own, ...more].flatMap((a) => [...a]))
  }

  /** Returns how many numbers it took. */
  load(from: Float64Array): number {
    this.#attach()
    let at = 0
    const take = (into: Float64Array) => {
      into.set(from.subarray(at, at + into.length))
      at += into.length
    }
    const { qpos, qvel, warmstart, mocapPos, mocapQuat } = this.#views
    const { qTarget, dqTarget, tauFf } = this.controls
    const { force_w, torque_w } = this.disturbance
    const tau = new Float64Array(this.state.tau.length)
    const foot = new Float64Array(this.state.footContact.length)
    for (const a of [qpos, qvel, warmstart, mocapPos, mocapQuat, this.#objectVel]) take(a)
    for (const a of [qTarget, dqTarget, tauFf, force_w, torque_w, tau, foot]) take(a)
    this.disturbance.enabled = from[at++] === 1
    this.#readJoints()
    this.#readState()
    this.state.tau.set(tau)
    this.state.footContact.set(foot)
    return at
  }

  hash(h: number): number {
    this.#attach()
    let hash = h
    for (const array of [this.#views.qpos, this.#views.qvel]) {
      const words = new Uint32Array(array.buffer, array.byteOffset, 2 * array.length)
      for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i], 0x01000193)
    }
    return hash
  }

  dispose(): void {
    this.#data.delete()
    this.#model.delete()
  }

  /** Views die when MuJoCo's memory grows, which happens when another world is built. */
  #attach(): void {
    if (this.#views.qpos.length === 0 || this.#views.qpos.buffer.byteLength === 0) {
      this.#views = this.#look()
    }
  }

  #look(): Views {
    const d = this.#data
    return {
      qpos: d.qpos,
      qvel: d.qvel,
      ctrl: d.ctrl,
      warmstart: d.qacc_warmstart,
      force: d.actuator_force,
      xfrc: d.xfrc_applied,
      touch: d.sensordata,
      mocapPos: d.mocap_pos,
      mocapQuat: d.mocap_quat,
    }
  }

  /** The part −kd dq of the PD law is MuJoCo's, because its integrator knows how to hold it. */
  #setDamping(): void {
    const bias = this.#model.actuator_biasprm as Float64Array
    const stride = bias.length / this.#gains.kd.length
    for (let d = 0; d < this.#gains.kd.length; d++) {
      bias[d * stride + 2] = -this.#gainScale * this.#gains.kd[d]
    }
  }

  #requireTargets(): void {
    const { qTarget, dqTarget, tauFf } = this.controls
    for (let d = 0; d < qTarget.length; d++) {
      if (!Number.isFinite(qTarget[d] + dqTarget[d] + tauFf[d])) {
        throw new Error(
          `the target of ${this.#robot.model.dofNames[d]} in environment ${this.state.index} is ` +
            `${qTarget[d]} rad, ${dqTarget[d]} rad/s, ${tauFf[d]} N·m`,
        )
      }
    }
  }

  #push(): void {
    const { xfrc } = this.#views
    const { enabled, force_w, torque_w } = this.disturbance
    const nLinks = this.#kinematics.nLinks
    for (let k = 0; k < nLinks; k++) {
      for (let c = 0; c < 3; c++) {
        xfrc[6 * (1 + k) + c] = enabled ? force_w[3 * k + c] : 0
        xfrc[6 * (1 + k) + 3 + c] = enabled ? torque_w[3 * k + c] : 0
      }
    }
  }

  #actuate(): void {
    const { ctrl } = this.#views
    const { kp, kd } = this.#gains
    const { q } = this.state
    const { qTarget, dqTarget, tauFf } = this.controls
    for (const joint of this.#robot.model.joints) {
      const n = jointDofs(joint)
      if (joint.type === 'spherical') sphericalError(_error, q, qTarget, joint.dof)
      else _error[0] = qTarget[joint.dof] - q[joint.dof]
      for (let c = 0; c < n; c++) {
        const d = joint.dof + c
        ctrl[d] = this.#gainScale * (kp[d] * _error[c] + kd[d] * dqTarget[d]) + tauFf[d]
      }
    }
  }

  /** Kinematic objects move at the velocity they were placed with. */
  #glide(): void {
    const { mocapPos, mocapQuat } = this.#views
    this.#scene.objects.forEach(({ motion }, i) => {
      if (motion === 'dynamic') return
      const v = this.#objectVel
      const at = this.#objects[i].mocap
      for (let k = 0; k < 3; k++) mocapPos[3 * at + k] += this.#dt_s * v[6 * i + k]
      for (let k = 0; k < 3; k++) _vec[k] = this.#dt_s * v[6 * i + 3 + k]
      if (_vec[0] === 0 && _vec[1] === 0 && _vec[2] === 0) return
      quatExpAt(_turn, 0, _vec, 0)
      readQuat(_quat, 0, mocapQuat, 4 * at)
      quatMulAt(_quat, 0, _turn, 0, _quat, 0)
      writeQuat(mocapQuat, 4 * at, _quat)
    })
  }

  #readJoints(): void {
    const { qpos, qvel } = this.#views
    const { q, dq } = this.state
    let at = this.#qposAt
    for (const joint of this.#robot.model.joints) {
      if (joint.type === 'spherical') {
        readQuat(_quat, 0, qpos, at)
        quatLogAt(q, joint.dof, _quat, 0)
      } else q[joint.dof] = qpos[at]
      at += coordinates(joint)
    }
    for (let d = 0; d < dq.length; d++) dq[d] = qvel[this.#qvelAt + d]
  }

  /** Links by kinematics from the coordinates: MuJoCo's own link poses lag by one step. */
  #readState(): void {
    const s = this.state
    const { qpos, qvel, force, touch } = this.#views
    if (this.#qposAt > 0) {
      for (let k = 0; k < 3; k++) {
        s.linkPos_w[k] = qpos[k]
        s.linkLinVel_w[k] = qvel[k]
      }
      readQuat(s.linkQuat_w, 0, qpos, 3)
      quatRotateAt(s.linkAngVel_w, 0, s.linkQuat_w, 0, qvel, 3)
    } else {
      s.linkPos_w.set([0, 0, this.#robot.standingHeight])
      s.linkQuat_w.set(this.#robot.standingQuat)
    }
    const links = {
      pos: s.linkPos_w,
      quat: s.linkQuat_w,
      linVel: s.linkLinVel_w,
      angVel: s.linkAngVel_w,
    }
    this.#kinematics.poses(links, s.q, 0)
    this.#kinematics.velocities(links, s.dq, 0)
    s.tau.set(force)
    if (this.#footContact) {
      for (let f = 0; f < s.footContact.length; f++) s.footContact[f] = touch[f] > 0 ? 1 : 0
    }
    for (let i = 0; i < this.#objects.length; i++) this.#readObject(i)
  }

  #readObject(i: number): void {
    const s = this.state
    const { qpos, qvel, mocapPos, mocapQuat } = this.#views
    const at = this.#objects[i]
    if (this.#scene.objects[i].motion === 'dynamic') {
      for (let k = 0; k < 3; k++) {
        s.objectPos_w[3 * i + k] = qpos[at.qpos + k]
        s.objectLinVel_w[3 * i + k] = qvel[at.qvel + k]
      }
      readQuat(s.objectQuat_w, 4 * i, qpos, at.qpos + 3)
      quatRotateAt(s.objectAngVel_w, 3 * i, s.objectQuat_w, 4 * i, qvel, at.qvel + 3)
      return
    }
    for (let k = 0; k < 3; k++) {
      s.objectPos_w[3 * i + k] = mocapPos[3 * at.mocap + k]
      s.objectLinVel_w[3 * i + k] = this.#objectVel[6 * i + k]
      s.objectAngVel_w[3 * i + k] = this.#objectVel[6 * i + 3 + k]
    }
    readQuat(s.objectQuat_w, 4 * i, mocapQuat, 4 * at.mocap)
  }
}

/** Numbers of a joint in qpos. */
const coordinates = (joint: Joint): number => (joint.type === 'spherical' ? 4 : 1)

const _quat = new Float64Array(4)
const _turn = new Float64Array(4)
const _vec = new Float64Array(3)
const _error = new Float64Array(3)

/** Rotation vector from exp(q) to exp(target), child frame. */
function sphericalError(out: Float64Array, q: Float64Array, target: Float64Array, d: number): void {
  for (let k = 0; k < 3; k++) _vec[k] = -q[d + k]
  quatExpAt(_quat, 0, _vec, 0)
  quatExpAt(_turn, 0, target, d)
  quatMulAt(_quat, 0, _quat, 0, _turn, 0)
  quatLogAt(out, 0, _quat, 0)
}

/** MuJoCo's quaternions are w first. */
function writeQuat(out: Float64Array, at: number, quat: ArrayLike<number>): void {
  const n = Math.hypot(quat[0], quat[1], quat[2], quat[3])
  out[at] = quat[3] / n
  for (let k = 0; k < 3; k++) out[at + 1 + k] = quat[k] / n
}

function readQuat(out: Float64Array, at: number, from: Float64Array, o: number): void {
  for (let k = 0; k < 3; k++) out[at + k] = from[o + 1 + k]
  out[at + 3] = from[o]
}
