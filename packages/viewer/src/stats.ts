import { type PerspectiveCamera, Vector3 } from 'three'
import type { CameraMode } from './camera.ts'
import type { Frames } from './frames.ts'
import type { ObjectView } from './objects.ts'
import type { QualityName } from './quality.ts'
import type { RobotView } from './robot.ts'

/** A name and its place on the canvas, CSS px. */
interface Spot {
  readonly name: string
  readonly x: number
  readonly y: number
}

/** Measured and projected facts, for tests and the status line. */
export interface ViewerStats {
  readonly drawnFrames: number
  /** Main-thread time of the last drawn frame, ms. */
  readonly frame_ms: number
  readonly drawCalls: number
  readonly triangles: number
  readonly instances: number
  readonly quality: QualityName
  readonly camera: {
    readonly mode: CameraMode
    readonly follows: boolean
    readonly position: readonly number[]
  }
  /** Links of the first robot, with their distance from the camera, m. */
  readonly links: readonly (Spot & { readonly depth_m: number })[]
  readonly objects: readonly Spot[]
  /** Marks drawn over the scene now. */
  readonly marks: {
    readonly goals: number
    /** Where a hand can take them. */
    readonly handles: readonly Spot[]
    /** Arrows of forces. */
    readonly forces: number
    /** Of the centre of mass over what carries it, m; null: not shown, or nothing does. */
    readonly margin_m: number | null
  }
  /** What is marked as selected, as it is drawn. */
  readonly selected: string | null
  /** Colour laid over the links of the first robot, linear rgb and amount. [links · 4] */
  readonly tints: readonly number[]
  /** No instance matrix holds NaN or infinity. */
  readonly isFinite: boolean
}

/** From world places to places on a canvas of this size. */
export function createProjector(
  frames: Frames,
  camera: PerspectiveCamera,
  size: { readonly width: number; readonly height: number },
): (name: string, at_w: Vector3) => Spot {
  const p = new Vector3()
  return (name, at_w) => {
    frames.toView(p.copy(at_w)).project(camera)
    return { name, x: ((p.x + 1) / 2) * size.width, y: ((1 - p.y) / 2) * size.height }
  }
}

/** Links of a robot as tests look for them. */
export function linkSpots(
  view: RobotView,
  frames: Frames,
  camera: PerspectiveCamera,
  project: ReturnType<typeof createProjector>,
): ViewerStats['links'] {
  const p = new Vector3()
  return view.description.links.map(({ name }, i) => {
    const m = view.matrices(i)
    p.set(m[12], m[13], m[14])
    const depth_m = frames.toView(p.clone()).distanceTo(camera.position)
    return { ...project(name, p), depth_m }
  })
}

export const objectSpots = (
  objects: readonly ObjectView[],
  project: ReturnType<typeof createProjector>,
): readonly Spot[] => objects.map((o) => project(o.description.name, o.node.position))

export const areFinite = (robots: readonly RobotView[]): boolean =>
  robots.every((r) => r.description.links.every((_, i) => r.matrices(i).every(Number.isFinite)))
