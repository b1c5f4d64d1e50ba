import {
  bindKinematics,
  type ContactList,
  type Controls,
  checkSimulatorOptions,
  type Disturbance,
  dofCount,
  type Kinematics,
  linkIndex,
  objectIndex,
  type PhysicsSettings,
  type Randomization,
  type ResetState,
  type Robot,
  type Scene,
  type Simulator,
  type SimulatorOptions,
  type StateView,
} from '@skillweave/model'
import { type ActuatorGains, type Actuators, bindActuators } from './actuators.ts'
import { type BodyAccess, openBodies } from './body-access.ts'
import {
  type BuiltObject,
  buildObject,
  buildRobot,
  hangObject,
  ignoreContacts,
  overlappingLinks,
  setLinkMass,
} from './build.ts'
import { createGround } from './colliders.ts'
import { readContacts } from './contacts.ts'
import { bindFootContact } from './foot-contact.ts'
import { limitGains, measureInertia } from './inertia.ts'
import { collisionGroups, type Placement, placeEnvironments } from './placement.ts'
import { loadRapier, type RapierModule, type RigidBody, type World } from './rapier.ts'
import { packSnapshot, unpackSnapshot } from './snapshot.ts'
import { createArrays, type Motion, type SimulatorArrays } from './states.ts'

/** How the simulator works inside; no effect on results. */
export interface SimulatorInternals {
  /** How bodies are read and written: straight in Rapier's memory where possible, or by its API. */
  readonly bodyAccess?: 'auto' | 'api'
}

/** A simulator on Rapier; the port and what only tests and benchmarks ask. */
export interface RapierSimulator extends Simulator {
  /** How bodies are read and written. */
  readonly bodyAccess: 'memory' | 'api'
  /** Inertia each coordinate sees in the default pose, kg·m² or kg. [nDof] */
  readonly inertia: Float64Array
}

/** Distance between neighbouring environments, m. The nearest of the same class is √5 times as far. */
const SPACING = 4.5

/**
 * All environments in one Rapier world. Rejects with what is wrong when options do not fit.
 *
 * `reset` moves bodies in place: contacts of the moment before are forgotten only after one step, so a
 * reset robot differs from one in a fresh world by millimetres after seconds. Equal histories give
 * equal bits. `reset` leaves controls and disturbances as they are. Every `restore` leaks about 2 kB
 * inside the engine (rapier #990): fine for replay, not for a training loop.
 */
export async function createSimulator(
  options: SimulatorOptions,
  internals: SimulatorInternals = {},
): Promise<RapierSimulator> {
  checkSimulatorOptions(options)
  return new RapierWorld(await loadRapier(), options, internals)
}

class RapierWorld implements RapierSimulator {
  readonly nEnvs: number
  readonly robot: Robot
  readonly scene: Scene
  readonly gains: ActuatorGains
  readonly inertia: Float64Array
  readonly states: readonly StateView[]
  readonly controls: readonly Controls[]
  readonly disturbances: readonly Disturbance[]

  readonly #module: RapierModule
  readonly #accessMode: 'auto' | 'api'
  readonly #kinematics: Kinematics
  readonly #arrays: SimulatorArrays
  readonly #placement: Placement
  readonly #actuators: Actuators
  readonly #footContact: ReturnType<typeof bindFootContact> | undefined
  readonly #bodiesPerEnv: number
  /** Centres of mass of one environment's bodies, links first. [bodiesPerEnv, 3] */
  readonly #com: Float64Array
  /** Everything the engine knows by handle survives a restored snapshot. */
  readonly #bodyHandles: Float64Array
  readonly #objects: readonly BuiltObject[]
  #world: World
  #bodies: RigidBody[]
  #access: BodyAccess

  constructor(module: RapierModule, options: SimulatorOptions, internals: SimulatorInternals) {
    const { robot, scene, nEnvs, physics } = options
    const nLinks = robot.model.links.length
    const nObjects = scene.objects.length
    this.nEnvs = nEnvs
    this.robot = robot
    this.scene = scene
    this.#module = module
    this.#accessMode = internals.bodyAccess ?? 'auto'
    this.#bodiesPerEnv = nLinks + nObjects
    this.#kinematics = bindKinematics(robot.model)
    this.#placement = placeEnvironments(nEnvs, spacing(scene))
    this.#footContact = physics.footContact ? bindFootContact(robot, scene.ground) : undefined

    const nDof = dofCount(robot.model)
    this.#arrays = createArrays({ nEnvs, nDof, nLinks, nObjects, nFeet: robot.feet.length })
    this.states = this.#arrays.states
    this.controls = this.#arrays.controls
    this.disturbances = this.#arrays.disturbances
    for (const { qTarget } of this.controls) qTarget.set(robot.qDefault)

    this.inertia = measureInertia(module, robot)
    this.gains = limitGains(robot, this.inertia, physics.dt_s)
    this.#actuators = bindActuators(
      robot,
      this.gains,
      { ...this.#arrays, tau: this.#arrays.joints.tau },
      nEnvs,
      this.#bodiesPerEnv,
    )

    this.#world = createWorld(module, physics)
    this.#bodies = []
    this.#objects = this.#build(options)
    this.#bodyHandles = Float64Array.from(this.#bodies, (b) => b.handle)
    this.#com = this.#readComs()
    this.#access = openBodies(module, this.#world, this.#bodies, this.#accessMode)
    this.#refreshAll()
  }

  get bodyAccess(): 'memory' | 'api' {
    return this.#access.kind
  }

  step(nSteps: number): void {
    this.#actuators.setTargets()
    for (let i = 0; i < nSteps; i++) {
      this.#access.pull(0, this.#bodies.length)
      this.#actuators.apply(this.#access)
      this.#world.step()
    }
    this.#refreshAll()
  }

  reset(e: number, to: ResetState): void {
    const { links, joints } = this.#arrays
    const { nLinks, nDof } = this.#kinematics
    if (to.q.length !== nDof) {
      throw new Error(
        `reset needs ${nDof} joint coordinates for ${this.robot.name}, got ${to.q.length}`,
      )
    }
    const first = e * nLinks
    setVector(links.pos, 3 * first, to.basePos_w)
    setUnitQuat(links.quat, 4 * first, to.baseQuat_w)
    setVector(links.linVel, 3 * first, to.baseLinVel_w)
    setVector(links.angVel, 3 * first, to.baseAngVel_w)
    joints.q.set(to.q, e * nDof)
    if (to.dq) joints.dq.set(to.dq, e * nDof)
    else joints.dq.fill(0, e * nDof, (e + 1) * nDof)
    joints.tau.fill(0, e * nDof, (e + 1) * nDof)
    this.#kinematics.poses(links, joints.q, e)
    this.#kinematics.velocities(links, joints.dq, e)
    for (let k = 0; k < nLinks; k++) this.#moveBody(e, k, links, first + k)
    this.#refresh(e)
  }

  placeObject(
    e: number,
    object: number,
    pos_w: ArrayLike<number>,
    options: {
      readonly quat_w?: ArrayLike<number>
      readonly linVel_w?: ArrayLike<number>
      readonly angVel_w?: ArrayLike<number>
    } = {},
  ): void {
    const { objects } = this.#arrays
    const nObjects = this.scene.objects.length
    if (!(object >= 0 && object < nObjects)) {
      throw new Error(`there is no object ${object}; the scene has ${nObjects}`)
    }
    const o = e * nObjects + object
    setVector(objects.pos, 3 * o, pos_w)
    setUnitQuat(objects.quat, 4 * o, options.quat_w ?? [0, 0, 0, 1])
    setVector(objects.linVel, 3 * o, options.linVel_w)
    setVector(objects.angVel, 3 * o, options.angVel_w)
    this.#moveBody(e, this.#kinematics.nLinks + object, objects, o)
    this.#refreshObjects(e)
  }

  addVelocity(e: number, linVel_w: ArrayLike<number>): void {
    const { nLinks } = this.#kinematics
    for (let k = 0; k < nLinks; k++) {
      const body = this.#bodies[e * this.#bodiesPerEnv + k]
      const v = body.linvel(_v)
      v.x += linVel_w[0]
      v.y += linVel_w[1]
      v.z += linVel_w[2]
      body.setLinvel(v, true)
    }
    this.#refresh(e)
  }

  randomize(e: number, to: Randomization): void {
    const first = e * this.#bodiesPerEnv
    const { robot, scene } = this
    if (to.gainScale !== undefined) this.#arrays.gainScale[e] = to.gainScale
    if (to.massScale !== undefined) {
      for (let k = 0; k < robot.model.links.length; k++) {
        setLinkMass(this.#bodies[first + k], robot, k, to.massScale)
      }
    }
    if (to.friction !== undefined) this.#setFootFriction(e, to.friction)
    for (let i = 0; i < scene.objects.length; i++) {
      const { colliders, massShares } = this.#objects[e * scene.objects.length + i]
      const mass = to.objectMass?.[i]
      const restitution = to.objectRestitution?.[i]
      colliders.forEach((handle, c) => {
        const collider = this.#world.getCollider(handle)
        if (mass !== undefined && scene.objects[i].motion === 'dynamic') {
          collider.setMass(mass * massShares[c])
        }
        if (restitution !== undefined) collider.setRestitution(restitution)
      })
    }
  }

  readContacts(e: number, out: ContactList): void {
    const first = e * this.#bodiesPerEnv
    const { origin } = this.#placement
    readContacts(
      this.#world,
      this.#bodies.slice(first, first + this.#bodiesPerEnv),
      {
        nLinks: this.#kinematics.nLinks,
        origin: [origin[2 * e], origin[2 * e + 1]],
        dt_s: this.#world.timestep,
      },
      out,
    )
  }

  snapshot(): Uint8Array {
    return packSnapshot([...this.#arrays.saved, this.#switches()], this.#world.takeSnapshot())
  }

  restore(snapshot: Uint8Array): void {
    const switches = this.#switches()
    const engine = unpackSnapshot(snapshot, [...this.#arrays.saved, switches])
    const world = this.#module.R.World.restoreSnapshot(engine)
    if (!world)
      throw new Error('the engine cannot read the snapshot: it was taken by another build')
    this.#world.free()
    this.#world = world
    this.#bodies = Array.from(this.#bodyHandles, (handle) => world.getRigidBody(handle))
    this.#access = openBodies(this.#module, world, this.#bodies, this.#accessMode)
    this.disturbances.forEach((d, e) => {
      d.enabled = switches[e] === 1
    })
    this.#refreshAll()
  }

  hash(): number {
    this.#access.pull(0, this.#bodies.length)
    const { floats, base, stride, pos, linVel, angVel } = this.#access
    const words = new Uint32Array(floats.buffer, floats.byteOffset, floats.length)
    let h = 0x811c9dc5
    for (let b = 0; b < this.#bodies.length; b++) {
      const o = base + b * stride
      for (let k = 0; k < 4; k++) h = Math.imul(h ^ words[o + k], 0x01000193)
      for (const at of [pos, linVel, angVel]) {
        for (let k = 0; k < 3; k++) h = Math.imul(h ^ words[o + at + k], 0x01000193)
      }
    }
    return h >>> 0
  }

  dispose(): void {
    this.#world.free()
  }

  /** Creates everything in the world, environment by environment: links, then objects. */
  #build({ robot, scene, nEnvs, physics }: SimulatorOptions): BuiltObject[] {
    const { R } = this.#module
    const world = this.#world
    const { nLinks } = this.#kinematics
    const start = { pos: new Float64Array(3 * nLinks), quat: new Float64Array(4 * nLinks) }
    start.quat.set(robot.standingQuat)
    createGround(R, world, scene.ground, this.#placement)
    const objects: BuiltObject[] = []
    let overlaps: [number, number][] | undefined
    for (let e = 0; e < nEnvs; e++) {
      const { origin, collisionClass } = this.#placement
      const groups = collisionGroups(collisionClass[e])
      start.pos.set([origin[2 * e], origin[2 * e + 1], robot.standingHeight])
      this.#kinematics.poses(start, robot.qDefault, 0)
      const contacts = {
        groups,
        friction: scene.ground.friction,
        hasObjects: scene.objects.length > 0,
        groundContact: physics.groundContact,
        selfCollision: physics.selfCollision,
      }
      const bodies = buildRobot(R, world, robot, start, contacts, 'limited', this.gains.solved)
      if (physics.selfCollision) {
        overlaps ??= overlappingLinks(robot, bodies)
        for (const [i, j] of overlaps) ignoreContacts(R, world, bodies[i], bodies[j])
      }
      this.#bodies.push(...bodies)
      scene.objects.forEach((object, i) => {
        const spot = [origin[2 * e] + 0.6 + 0.6 * i, origin[2 * e + 1], 1]
        const built = buildObject(R, world, object, spot, groups)
        this.#bodies.push(world.getRigidBody(built.handle))
        objects.push(built)
      })
      scene.objects.forEach((object, i) => {
        if (!object.hinge) return
        const body = (k: number) => this.#bodies[e * this.#bodiesPerEnv + nLinks + k]
        hangObject(R, world, object.hinge, body(objectIndex(scene, object.hinge.on)), body(i))
      })
    }
    return objects
  }

  #readComs(): Float64Array {
    const com = new Float64Array(3 * this.#bodiesPerEnv)
    this.robot.model.links.forEach((link, k) => {
      com.set(link.com, 3 * k)
    })
    for (let b = this.robot.model.links.length; b < this.#bodiesPerEnv; b++) {
      const body = this.#bodies[b]
      body.recomputeMassPropertiesFromColliders()
      const { x, y, z } = body.localCom()
      com.set([x, y, z], 3 * b)
    }
    return com
  }

  /** Give body b of environment e the pose and the origin's velocity at entry i of `from`. */
  #moveBody(e: number, b: number, from: Motion, i: number): void {
    const body = this.#bodies[e * this.#bodiesPerEnv + b]
    const { origin } = this.#placement
    const { pos, quat, linVel, angVel } = from
    _v.x = pos[3 * i] + origin[2 * e]
    _v.y = pos[3 * i + 1] + origin[2 * e + 1]
    _v.z = pos[3 * i + 2]
    body.setTranslation(_v, true)
    _q.x = quat[4 * i]
    _q.y = quat[4 * i + 1]
    _q.z = quat[4 * i + 2]
    _q.w = quat[4 * i + 3]
    body.setRotation(_q, true)
    // The engine's linear velocity is that of the centre of mass: v + ω × c.
    this.#comOffset(quat, i, b)
    const wx = angVel[3 * i]
    const wy = angVel[3 * i + 1]
    const wz = angVel[3 * i + 2]
    _v.x = linVel[3 * i] + wy * _c[2] - wz * _c[1]
    _v.y = linVel[3 * i + 1] + wz * _c[0] - wx * _c[2]
    _v.z = linVel[3 * i + 2] + wx * _c[1] - wy * _c[0]
    body.setLinvel(_v, true)
    _v.x = wx
    _v.y = wy
    _v.z = wz
    body.setAngvel(_v, true)
  }

  #refreshAll(): void {
    this.#access.pull(0, this.#bodies.length)
    for (let e = 0; e < this.nEnvs; e++) {
      this.#readLinks(e)
      this.#readObjects(e)
    }
  }

  #refresh(e: number): void {
    this.#access.pull(e * this.#bodiesPerEnv, this.#kinematics.nLinks)
    this.#readLinks(e)
  }

  #refreshObjects(e: number): void {
    const first = e * this.#bodiesPerEnv + this.#kinematics.nLinks
    this.#access.pull(first, this.scene.objects.length)
    this.#readObjects(e)
  }

  #readLinks(e: number): void {
    const { links, joints } = this.#arrays
    const { nLinks } = this.#kinematics
    for (let k = 0; k < nLinks; k++) this.#readBody(e, k, links, e * nLinks + k)
    this.#kinematics.coordinates(joints.q, links, e)
    this.#kinematics.rates(joints.dq, links, e)
    const s = this.states[e]
    this.#footContact?.(s.footContact, s.linkPos_w, s.linkQuat_w)
  }

  #readObjects(e: number): void {
    const { nLinks } = this.#kinematics
    const nObjects = this.scene.objects.length
    for (let i = 0; i < nObjects; i++) {
      this.#readBody(e, nLinks + i, this.#arrays.objects, e * nObjects + i)
    }
  }

  #readBody(e: number, b: number, into: Motion, i: number): void {
    const { floats, base, stride, pos, linVel, angVel } = this.#access
    const { origin } = this.#placement
    const o = base + (e * this.#bodiesPerEnv + b) * stride
    into.quat[4 * i] = floats[o]
    into.quat[4 * i + 1] = floats[o + 1]
    into.quat[4 * i + 2] = floats[o + 2]
    into.quat[4 * i + 3] = floats[o + 3]
    into.pos[3 * i] = floats[o + pos] - origin[2 * e]
    into.pos[3 * i + 1] = floats[o + pos + 1] - origin[2 * e + 1]
    into.pos[3 * i + 2] = floats[o + pos + 2]
    const wx = floats[o + angVel]
    const wy = floats[o + angVel + 1]
    const wz = floats[o + angVel + 2]
    this.#comOffset(into.quat, i, b)
    into.angVel[3 * i] = wx
    into.angVel[3 * i + 1] = wy
    into.angVel[3 * i + 2] = wz
    into.linVel[3 * i] = floats[o + linVel] - (wy * _c[2] - wz * _c[1])
    into.linVel[3 * i + 1] = floats[o + linVel + 1] - (wz * _c[0] - wx * _c[2])
    into.linVel[3 * i + 2] = floats[o + linVel + 2] - (wx * _c[1] - wy * _c[0])
  }

  /** From body b's origin to its centre of mass, world frame, into `_c`. */
  #comOffset(quat: Float64Array, i: number, b: number): void {
    const com = this.#com
    const x = quat[4 * i]
    const y = quat[4 * i + 1]
    const z = quat[4 * i + 2]
    const w = quat[4 * i + 3]
    const vx = com[3 * b]
    const vy = com[3 * b + 1]
    const vz = com[3 * b + 2]
    const tx = 2 * (y * vz - z * vy)
    const ty = 2 * (z * vx - x * vz)
    const tz = 2 * (x * vy - y * vx)
    _c[0] = vx + w * tx + y * tz - z * ty
    _c[1] = vy + w * ty + z * tx - x * tz
    _c[2] = vz + w * tz + x * ty - y * tx
  }

  /** Scales the feet so that their product with the ground is the friction asked for. */
  #setFootFriction(e: number, friction: number): void {
    const { R } = this.#module
    for (const name of this.robot.feet) {
      const body = this.#bodies[e * this.#bodiesPerEnv + linkIndex(this.robot.model, name)]
      for (let c = 0; c < body.numColliders(); c++) {
        const collider = body.collider(c)
        collider.setFriction(friction / this.scene.ground.friction)
        collider.setFrictionCombineRule(R.CoefficientCombineRule.Multiply)
      }
    }
  }

  #switches(): Float64Array {
    return Float64Array.from(this.disturbances, (d) => (d.enabled ? 1 : 0))
  }
}

const _v = { x: 0, y: 0, z: 0 }
const _q = { x: 0, y: 0, z: 0, w: 1 }
const _c = new Float64Array(3)

function setVector(out: Float64Array, o: number, v: ArrayLike<number> | undefined): void {
  for (let k = 0; k < 3; k++) out[o + k] = v ? v[k] : 0
}

function setUnitQuat(out: Float64Array, o: number, q: ArrayLike<number>): void {
  const n = Math.sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3])
  if (!(n > 0)) throw new Error(`[${Array.from(q)}] is not a quaternion`)
  for (let k = 0; k < 4; k++) out[o + k] = q[k] / n
}

function createWorld({ R }: RapierModule, physics: PhysicsSettings): World {
  const world = new R.World({ x: 0, y: 0, z: -9.81 })
  world.timestep = physics.dt_s
  world.numSolverIterations = physics.solverIterations
  world.numInternalPgsIterations = physics.pgsIterations
  return world
}

/** Heightfields of one class must not overlap. */
function spacing(scene: Scene): number {
  const field = scene.ground.heightfield
  if (!field) return SPACING
  return Math.max(SPACING, (Math.max(field.rows, field.columns) * field.cell) / 2)
}
