import loadMujoco from '@mujoco/mujoco'
import {
  type Controls,
  checkSimulatorOptions,
  type Disturbance,
  type Randomization,
  type ResetState,
  type Robot,
  type Scene,
  type Simulator,
  type SimulatorOptions,
  type StateView,
} from '@skillweave/model'
import { type Mujoco, MujocoWorld } from './mujoco-world.ts'
import { worldMjcf } from './world-mjcf.ts'

let loading: Promise<Mujoco> | undefined

/**
 * The port to physics on MuJoCo, for trying a policy in a second engine: every environment is a world of
 * its own. Rejects with what is wrong when the robot or the scene cannot be built.
 *
 * PD is integrated implicitly, so gains are used as they are (`robot.gainLimit` is ignored), and
 * `solverIterations` and `pgsIterations` of the physics settings have no meaning here.
 */
export async function createMujocoSimulator(options: SimulatorOptions): Promise<Simulator> {
  checkSimulatorOptions(options)
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
