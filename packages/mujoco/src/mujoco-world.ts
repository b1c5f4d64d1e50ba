import type loadMujoco from '@mujoco/mujoco'
import type { MjData, MjModel } from '@mujoco/mujoco'
import { quatExpAt, quatRotateInvAt } from '@skillweave/math'
import {
  type Controls,
  type Disturbance,
  dofCount,
  type Randomization,
  type ResetState,
  type Robot,
  type Scene,
  type Simulator,
  type SimulatorOptions,
  type StateView,
} from '@skillweave/model'
import { bindObjects, dampObjects, type Objects } from './objects.ts'
import { bindPd, type Pd } from './pd.ts'
import { randomizeModel } from './randomize.ts'
import { bindStateReader, type StateReader } from './state-reader.ts'
import { coordinates, layoutOf, type WorldLayout } from './world-layout.ts'
import { type Views, viewsOf, writeQuat } from './world-memory.ts'

export type Mujoco = Awaited<ReturnType<typeof loadMujoco>>

/** One environment. */
export class MujocoWorld {
  readonly state: StateView
  readonly controls: Controls
  readonly disturbance: Disturbance
  readonly #mujoco: Mujoco
  readonly #model: MjModel
  readonly #data: MjData
  readonly #robot: Robot
  readonly #scene: Scene
  readonly #layout: WorldLayout
  readonly #reader: StateReader
  readonly #pd: Pd
  readonly #objects: Objects
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
    this.#layout = layoutOf(robot, scene)
    const nDof = dofCount(robot.model)
    const nObjects = scene.objects.length
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
    this.#views = viewsOf(this.#data)
    const forcerange = this.#model.actuator_forcerange as Float64Array
    for (let d = 0; d < nDof; d++) {
      forcerange[2 * d] = -gains.effort[d]
      forcerange[2 * d + 1] = gains.effort[d]
    }
    this.#reader = bindStateReader(this.state, {
      robot,
      layout: this.#layout,
      footContact: physics.footContact,
    })
    this.#pd = bindPd(robot, gains)
    this.#pd.setDamping(model, 1)
    this.#objects = bindObjects(this.state, { scene, layout: this.#layout, dt_s: physics.dt_s })
    dampObjects(model, scene, this.#layout)
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
      this.#pd.write(this.#views.ctrl, this.controls, {
        q: this.state.q,
        gainScale: this.#gainScale,
      })
      this.#mujoco.mj_step(this.#model, this.#data)
      this.#objects.glide(this.#views)
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
    if (this.#layout.qposAt > 0) {
      qpos.set([to.basePos_w[0], to.basePos_w[1], to.basePos_w[2]], 0)
      writeQuat(qpos, 3, to.baseQuat_w)
      for (let k = 0; k < 3; k++) qvel[k] = to.baseLinVel_w?.[k] ?? 0
      // A free joint turns at a rate in the body's own frame.
      _quat.set(to.baseQuat_w)
      _vec.set(to.baseAngVel_w ?? [0, 0, 0])
      quatRotateInvAt(qvel, 3, _quat, 0, _vec, 0)
    }
    let at = this.#layout.qposAt
    for (const joint of this.#robot.model.joints) {
      if (joint.type === 'spherical') {
        quatExpAt(_quat, 0, to.q, joint.dof)
        writeQuat(qpos, at, _quat)
      } else qpos[at] = to.q[joint.dof]
      at += coordinates(joint)
    }
    for (let d = 0; d < dq.length; d++) qvel[this.#layout.qvelAt + d] = to.dq?.[d] ?? 0
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
    this.#objects.place(i, { ...to, pos_w }, this.#views)
    this.#objects.read(this.#views)
  }

  /** A robot whose base is bolted does not move when pushed. */
  addVelocity(linVel_w: ArrayLike<number>): void {
    if (this.#layout.qvelAt === 0) return
    this.#attach()
    for (let k = 0; k < 3; k++) this.#views.qvel[k] += linVel_w[k]
    this.#readState()
  }

  randomize(to: Randomization): void {
    if (to.gainScale !== undefined) {
      this.#gainScale = to.gainScale
      this.#pd.setDamping(this.#model, to.gainScale)
    }
    randomizeModel(
      this.#model,
      { robot: this.#robot, scene: this.#scene, layout: this.#layout },
      to,
    )
  }

  /** Everything that decides the future. */
  save(): Float64Array {
    this.#attach()
    const { qpos, qvel, warmstart, mocapPos, mocapQuat } = this.#views
    const { qTarget, dqTarget, tauFf } = this.controls
    const { force_w, torque_w, enabled } = this.disturbance
    const { tau, footContact } = this.state
    const own = [qpos, qvel, warmstart, mocapPos, mocapQuat, this.#objects.vel, qTarget, dqTarget]
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
    for (const a of [qpos, qvel, warmstart, mocapPos, mocapQuat, this.#objects.vel]) take(a)
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
      this.#views = viewsOf(this.#data)
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
    const nLinks = this.#robot.model.links.length
    for (let k = 0; k < nLinks; k++) {
      for (let c = 0; c < 3; c++) {
        xfrc[6 * (1 + k) + c] = enabled ? force_w[3 * k + c] : 0
        xfrc[6 * (1 + k) + 3 + c] = enabled ? torque_w[3 * k + c] : 0
      }
    }
  }

  #readJoints(): void {
    this.#reader.joints(this.#views)
  }

  #readState(): void {
    this.#reader.all(this.#views)
    this.#objects.read(this.#views)
  }
}

const _quat = new Float64Array(4)
const _vec = new Float64Array(3)
