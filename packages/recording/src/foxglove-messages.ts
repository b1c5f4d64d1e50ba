import type {
  Frame,
  GeomDescription,
  JointSlot,
  ObjectDescription,
  RobotDescription,
} from '@skillweave/protocol'
import { frameId, framePoses } from './frame-poses.ts'

/** A moment as Foxglove's schemas write it. */
export interface FoxgloveTime {
  readonly sec: number
  readonly nsec: number
}

export function timeOf(time_s: number): FoxgloveTime {
  const ns = Math.round(time_s * 1e9)
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

/** A frame of `view.bodies`, and whose it is. */
export interface ShownFrame {
  readonly robot: RobotDescription
  readonly slots: readonly JointSlot[]
  readonly objects: readonly string[]
  readonly frame: Frame
}

/** foxglove.FrameTransforms: base, every link, every object. */
export const frameTransforms = (
  { robot, slots, objects, frame }: ShownFrame,
  timestamp: FoxgloveTime,
) => ({
  transforms: framePoses(robot, slots, objects, frame.values).map(
    ({ parent, child, pos, quat }) => ({
      timestamp,
      parent_frame_id: parent,
      child_frame_id: child,
      translation: vector(pos),
      rotation: rotation(quat),
    }),
  ),
})

/** foxglove.JointStates of joints with one coordinate; a spherical joint has no single position. */
export const jointStates = ({ robot, slots, frame }: ShownFrame, timestamp: FoxgloveTime) => ({
  timestamp,
  joints: robot.joints.flatMap(({ name, type }, j) =>
    type === 'spherical'
      ? []
      : [{ name, position: short(frame.values[slots[j].field][slots[j].index]) }],
  ),
})

const shellColor = { r: 0.78, g: 0.81, b: 0.84, a: 1 }
const objectColor = { r: 0.9, g: 0.5, b: 0.2, a: 1 }

/** foxglove.SceneUpdate: the shape of every link and object, in its own frame. */
export function sceneUpdate(
  robots: readonly RobotDescription[],
  objects: readonly ObjectDescription[],
  timestamp: FoxgloveTime,
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
  timestamp: FoxgloveTime,
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
