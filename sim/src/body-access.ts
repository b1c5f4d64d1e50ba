import type { Rapier, RapierModule, RigidBody, WasmMemory, World } from './rapier.ts'

/**
 * The states of all bodies of a world as one array of floats: body b starts at `base + b · stride`
 * with its rotation (x, y, z, w); the other offsets are members.
 *
 * `memory`: the array is Rapier's own memory, so reading and writing cost nothing. `api`: it is a
 * copy made with one call per quantity; same numbers, about ten times slower.
 */
export interface BodyAccess extends BodyLayout {
  readonly kind: 'memory' | 'api'
  readonly floats: Float32Array
  readonly base: number
  /** Call before reading bodies first … first + count − 1. */
  pull(first: number, count: number): void
  /** Call after writing forces and torques. */
  push(): void
}

/** Offsets within one body, in floats. */
export interface BodyLayout {
  readonly stride: number
  readonly pos: number
  /** Of the centre of mass. */
  readonly linVel: number
  readonly angVel: number
  /** At the centre of mass; kept by Rapier until overwritten. */
  readonly force: number
  readonly torque: number
}

// The host's, declared here because the language's own library does not.
declare const console: { warn(message: string): void }

let hasWarned = false

/**
 * Access to the bodies of `world`, which must be all of its bodies in the order of creation. `auto`
 * uses memory when the layout can be established and agrees with the API, else warns once.
 */
export function openBodies(
  module: RapierModule,
  world: World,
  bodies: readonly RigidBody[],
  mode: 'auto' | 'api',
): BodyAccess {
  if (mode === 'auto') {
    const access = memoryAccess(module, world, bodies)
    if (access) return access
    if (!hasWarned) {
      hasWarned = true
      console.warn(
        'Rapier’s memory layout is not the known one: using its slower functions instead',
      )
    }
  }
  return apiAccess(bodies)
}

/** Undefined when no place in memory agrees with what the API says about every body. */
function memoryAccess(
  module: RapierModule,
  world: World,
  bodies: readonly RigidBody[],
): BodyAccess | undefined {
  const layout = memoryLayout(module)
  if (!module.memory || !layout) return undefined
  const { memory } = module
  for (const start of pointersOf(memory, world)) {
    for (let base = start; base < start + layout.stride; base++) {
      if (agreesWithApi(memory, layout, base, bodies)) return viewMemory(memory, layout, base)
    }
  }
  return undefined
}

function viewMemory(memory: WasmMemory, layout: BodyLayout, base: number): BodyAccess {
  const access = {
    ...layout,
    kind: 'memory' as const,
    floats: new Float32Array(memory.buffer),
    base,
    pull() {
      // A grown memory keeps its contents where they are, but detaches the old view.
      if (access.floats.buffer !== memory.buffer) access.floats = new Float32Array(memory.buffer)
    },
    push() {},
  }
  return access
}

function apiAccess(bodies: readonly RigidBody[]): BodyAccess {
  const layout = { stride: 19, pos: 4, linVel: 7, angVel: 10, force: 13, torque: 16 }
  const floats = new Float32Array(bodies.length * layout.stride)
  const rotation = { x: 0, y: 0, z: 0, w: 1 }
  const v = { x: 0, y: 0, z: 0 }
  const store = (o: number, from: { x: number; y: number; z: number }) => {
    floats[o] = from.x
    floats[o + 1] = from.y
    floats[o + 2] = from.z
  }
  const load = (o: number) => {
    v.x = floats[o]
    v.y = floats[o + 1]
    v.z = floats[o + 2]
    return v
  }
  return {
    ...layout,
    kind: 'api',
    floats,
    base: 0,
    pull(first, count) {
      for (let b = first; b < first + count; b++) {
        const o = b * layout.stride
        const body = bodies[b]
        store(o, body.rotation(rotation))
        floats[o + 3] = rotation.w
        store(o + layout.pos, body.translation(v))
        store(o + layout.linVel, body.linvel(v))
        store(o + layout.angVel, body.angvel(v))
      }
    },
    push() {
      for (let b = 0; b < bodies.length; b++) {
        const o = b * layout.stride
        const body = bodies[b]
        body.resetForces(true)
        body.addForce(load(o + layout.force), true)
        body.resetTorques(true)
        body.addTorque(load(o + layout.torque), true)
      }
    },
  }
}

let knownLayout: BodyLayout | undefined | 'unknown'

function memoryLayout(module: RapierModule): BodyLayout | undefined {
  if (!module.memory) return undefined
  knownLayout ??= probeLayout(module.R, module.memory) ?? 'unknown'
  return knownLayout === 'unknown' ? undefined : knownLayout
}

/**
 * Finds where a body keeps what, by planting values no other body has in three bodies of a small
 * world and looking for them near every address that the world's body set holds.
 */
function probeLayout(R: Rapier, memory: WasmMemory): BodyLayout | undefined {
  const world = new R.World({ x: 0, y: 0, z: 0 })
  const planted = [0, 1, 2].map((k) => ({
    quat: [0.1, 0.2 + 0.1 * k, 0.3],
    pos: [1.2345 + k, 2.3456 + k, 3.4567 + k],
    linVel: [11.25 + k, 12.25 + k, 13.25 + k],
    angVel: [21.125 + k, 22.125 + k, 23.125 + k],
    force: [41.5 + k, 42.5 + k, 43.5 + k],
    torque: [31.5 + k, 32.5 + k, 33.5 + k],
  }))
  for (const p of planted) {
    const [x, y, z] = p.quat
    const desc = R.RigidBodyDesc.dynamic()
      .setTranslation(p.pos[0], p.pos[1], p.pos[2])
      .setRotation({ x, y, z, w: Math.sqrt(1 - x * x - y * y - z * z) })
      .setLinvel(p.linVel[0], p.linVel[1], p.linVel[2])
      .setAngvel(vector(p.angVel))
      .setAdditionalMass(1)
      .setCanSleep(false)
    const body = world.createRigidBody(desc)
    body.addForce(vector(p.force), true)
    body.addTorque(vector(p.torque), true)
  }
  const floats = new Float32Array(memory.buffer)
  let layout: BodyLayout | undefined
  for (const start of pointersOf(memory, world)) {
    layout = layoutAt(floats, start, planted)
    if (layout) break
  }
  world.free()
  return layout
}

const vector = (v: readonly number[]) => ({ x: v[0], y: v[1], z: v[2] })

type Planted = Record<'quat' | 'pos' | 'linVel' | 'angVel' | 'force' | 'torque', number[]>

const BODY_FLOATS_MAX = 512

function layoutAt(
  floats: Float32Array,
  start: number,
  planted: readonly Planted[],
): BodyLayout | undefined {
  const rotations = planted.map((p) => find(floats, p.quat, start, start + 4 * BODY_FLOATS_MAX))
  if (rotations.some((o) => o < 0)) return undefined
  const first = rotations[0]
  const stride = rotations[1] - first
  if (stride <= 0 || rotations[2] - rotations[1] !== stride) return undefined
  const offset = (key: keyof Planted) => {
    const at = find(floats, planted[0][key], first, first + stride) - first
    const isSame = planted.every((p, k) => matches(floats, p[key], first + k * stride + at))
    return at > 0 && isSame ? at : undefined
  }
  const pos = offset('pos')
  const linVel = offset('linVel')
  const angVel = offset('angVel')
  const force = offset('force')
  const torque = offset('torque')
  if (!pos || !linVel || !angVel || !force || !torque) return undefined
  return { stride, pos, linVel, angVel, force, torque }
}

function find(floats: Float32Array, v: readonly number[], from: number, to: number): number {
  for (let o = from; o < Math.min(to, floats.length - 3); o++) if (matches(floats, v, o)) return o
  return -1
}

const matches = (floats: Float32Array, v: readonly number[], o: number): boolean =>
  floats[o] === Math.fround(v[0]) &&
  floats[o + 1] === Math.fround(v[1]) &&
  floats[o + 2] === Math.fround(v[2])

/** What looks like an address (as an index of floats) in the world's body set. */
function pointersOf(memory: WasmMemory, world: World): number[] {
  const raw = world.bodies.raw as unknown as { __wbg_ptr: number }
  const words = new Uint32Array(memory.buffer)
  const at = raw.__wbg_ptr >>> 2
  const pointers: number[] = []
  for (let i = 0; i < 128; i++) {
    const address = words[at + i]
    if (address >= 1024 && address < memory.buffer.byteLength - 4096) pointers.push(address >>> 2)
  }
  return pointers
}

/** Reads every body both ways, and sees a force and a torque written to memory through the API. */
function agreesWithApi(
  memory: WasmMemory,
  layout: BodyLayout,
  base: number,
  bodies: readonly RigidBody[],
): boolean {
  const { stride, pos, linVel, angVel, force, torque } = layout
  return bodies.every((body, b) => {
    const quat = body.rotation()
    const readings = [
      { v: quat, at: 0 },
      { v: body.translation(), at: pos },
      { v: body.linvel(), at: linVel },
      { v: body.angvel(), at: angVel },
    ]
    const o = base + b * stride
    const floats = new Float32Array(memory.buffer)
    return (
      o + stride <= floats.length &&
      floats[o + 3] === quat.w &&
      readings.every(({ v, at }) => matches(floats, [v.x, v.y, v.z], o + at)) &&
      // Only dynamic bodies show forces.
      (!body.isDynamic() ||
        (isWritten(memory, o + force, () => body.userForce()) &&
          isWritten(memory, o + torque, () => body.userTorque())))
    )
  })
}

function isWritten(
  memory: WasmMemory,
  o: number,
  read: () => { x: number; y: number; z: number },
): boolean {
  const before = new Float32Array(memory.buffer).slice(o, o + 3)
  new Float32Array(memory.buffer).set([0.125, 0.25, 0.5], o)
  const { x, y, z } = read()
  new Float32Array(memory.buffer).set(before, o)
  return x === 0.125 && y === 0.25 && z === 0.5
}
