import {
  type Channel,
  channelOf,
  createDecoder,
  createFrame,
  type Decoder,
  type Frame,
  type GeomDescription,
  type JointSlot,
  jointSlots,
  type ObjectDescription,
  parseHubMessage,
  type RobotDescription,
} from '@skillweave/protocol'
import { frameId, framePoses } from './frame-poses.ts'
import { topics } from './topics.ts'

/** A message in a schema that other programs know. */
export interface StandardMessage {
  readonly topic: typeof topics.transforms | typeof topics.joints | typeof topics.scene
  readonly value: unknown
}

/** Says a run again in Foxglove's words: shapes once, poses and joints at most 20 times a second. */
export interface Standard {
  of(message: string | Uint8Array, recorded_s: number): readonly StandardMessage[]
}

const every_s = 1 / 20

interface Source {
  readonly robot: RobotDescription
  readonly slots: readonly JointSlot[]
  readonly objects: readonly string[]
  readonly decoder: Decoder
  readonly frame: Frame
  next_s: number
}

export function createStandard(): Standard {
  let robots: readonly RobotDescription[] = []
  let objects: readonly ObjectDescription[] = []
  const channels = new Map<number, Channel>()
  const sources = new Map<number, Source>()

  function text(message: string, at: Time): StandardMessage[] {
    const parsed = parseHubMessage(message)
    if (!parsed.ok) return []
    const m = parsed.value
    if (m.op === 'robots') robots = m.list
    else if (m.op === 'scene') objects = m.objects
    else if (m.op === 'channels') for (const c of m.list) channels.set(c.id, c)
    else return []
    sources.clear()
    if (m.op === 'channels') return []
    return [{ topic: topics.scene, value: sceneUpdate(robots, objects, at) }]
  }

  function sourceOf(id: number): Source | undefined {
    const known = sources.get(id)
    if (known) return known
    const channel = channels.get(id)
    const robot = robots.find((r) => r.id === channel?.robot)
    if (channel?.name !== 'view.bodies' || !robot) return undefined
    const source: Source = {
      robot,
      slots: jointSlots(robot),
      objects: channel.labels.objects ?? [],
      decoder: createDecoder(channel),
      frame: createFrame(channel),
      next_s: Number.NEGATIVE_INFINITY,
    }
    sources.set(id, source)
    return source
  }

  return {
    of(message, recorded_s) {
      const at = timeOf(recorded_s)
      if (typeof message === 'string') return text(message, at)
      const source = sourceOf(channelOf(message))
      if (!source || recorded_s < source.next_s) return []
      if (source.decoder.decode(message, source.frame)) return []
      source.next_s = recorded_s + every_s - 1e-6
      return [
        { topic: topics.transforms, value: { transforms: transforms(source, at) } },
        { topic: topics.joints, value: { timestamp: at, joints: joints(source) } },
      ]
    },
  }
}

interface Time {
  readonly sec: number
  readonly nsec: number
}

function timeOf(recorded_s: number): Time {
  const ns = Math.round(recorded_s * 1e9)
  return { sec: Math.floor(ns / 1e9), nsec: ns % 1e9 }
}

/** 10 µm, 10 µrad: the native frames have the rest. */
const short = (x: number): number => Math.round(x * 1e5) / 1e5
const vector = ([x, y, z]: readonly number[]) => ({ x: short(x), y: short(y), z: short(z) })
const rotation = ([x, y, z, w]: readonly number[]) => ({
  x: short(x),
  y: short(y),
  z: short(z),
  w: short(w),
})
function transforms({ robot, slots, objects, frame }: Source, timestamp: Time): unknown[] {
  return framePoses(robot, slots, objects, frame.values).map(({ parent, child, pos, quat }) => ({
    timestamp,
    parent_frame_id: parent,
    child_frame_id: child,
    translation: vector(pos),
    rotation: rotation(quat),
  }))
}

/** Joints with one coordinate; a spherical joint has no single position. */
function joints({ robot, slots, frame }: Source): unknown[] {
  return robot.joints.flatMap(({ name, type }, j) =>
    type === 'spherical'
      ? []
      : [{ name, position: short(frame.values[slots[j].field][slots[j].index]) }],
  )
}

const shellColor = { r: 0.78, g: 0.81, b: 0.84, a: 1 }
const objectColor = { r: 0.9, g: 0.5, b: 0.2, a: 1 }

function sceneUpdate(
  robots: readonly RobotDescription[],
  objects: readonly ObjectDescription[],
  timestamp: Time,
): unknown {
  const entities = [
    ...robots.flatMap((robot) =>
      robot.links.map((link, i) => entity(frameId(robot, i), link.geoms, shellColor, timestamp)),
    ),
    ...objects.map((o) => entity(o.name, o.geoms, objectColor, timestamp)),
  ]
  return { deletions: [], entities }
}

type Color = typeof shellColor

function entity(
  frame_id: string,
  geoms: readonly GeomDescription[],
  color: Color,
  timestamp: Time,
): unknown {
  const cubes: unknown[] = []
  const spheres: unknown[] = []
  const cylinders: unknown[] = []
  const ball = (at: readonly number[], radius: number): void => {
    const d = short(2 * radius)
    spheres.push({ pose: poseOf(at, [0, 0, 0, 1]), size: { x: d, y: d, z: d }, color })
  }
  for (const g of geoms) {
    if (g.type === 'sphere') ball(g.pos, g.radius)
    else if (g.type === 'box') {
      const [x, y, z] = g.halfSize
      cubes.push({ pose: poseOf(g.pos, g.quat), size: vector([2 * x, 2 * y, 2 * z]), color })
    } else {
      cylinders.push(cylinder(g, color))
      if (g.type === 'capsule') for (const end of [g.from, g.to]) ball(end, g.radius)
    }
  }
  return {
    timestamp,
    frame_id,
    id: frame_id,
    lifetime: { sec: 0, nsec: 0 },
    frame_locked: true,
    metadata: [],
    arrows: [],
    cubes,
    spheres,
    cylinders,
    lines: [],
    triangles: [],
    texts: [],
    models: [],
  }
}

const poseOf = (pos: readonly number[], quat: readonly number[]) => ({
  position: vector(pos),
  orientation: rotation(quat),
})

function cylinder(
  { from, to, radius }: Extract<GeomDescription, { type: 'capsule' | 'cylinder' }>,
  color: Color,
): unknown {
  const middle = from.map((x, i) => (x + to[i]) / 2)
  const [x, y, z] = from.map((a, i) => to[i] - a)
  const length = Math.hypot(x, y, z)
  // The turn that takes z to the axis: its quaternion is (z × a, 1 + z · a), normalised.
  const w = 1 + z / Math.max(1e-9, length)
  const turn = w < 1e-6 ? [1, 0, 0, 0] : [-y / length, x / length, 0, w]
  const norm = Math.hypot(...turn)
  const d = short(2 * radius)
  return {
    pose: poseOf(
      middle,
      turn.map((v) => v / norm),
    ),
    size: { x: d, y: d, z: short(length) },
    bottom_scale: 1,
    top_scale: 1,
    color,
  }
}
