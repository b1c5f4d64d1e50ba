import type {
  RobotDescription,
  SceneDescription,
  SkillDescription,
  WorldMessage,
} from '@skillweave/protocol'
import type { CameraMode } from './camera.ts'
import type { ShownMarks } from './marks.ts'
import type { Theme } from './palette.ts'
import type { Picked, PointerHandlers } from './pointer.ts'
import type { QualityName } from './quality.ts'
import type { BodyValues } from './robot.ts'
import type { ViewerStats } from './stats.ts'
import type { ColorMode } from './tints.ts'

export interface ViewerOptions {
  readonly theme: Theme
  readonly quality: QualityName
  /** No eases. */
  readonly reducedMotion?: boolean
  readonly handlers?: Partial<PointerHandlers>
  /** The browser took the graphics context away, or gave another one. */
  readonly onContext?: (isThere: boolean) => void
}

/** What the lights on the robot say about the connection. */
export type RobotLight = 'live' | 'stale' | 'stopped'

/** What hands on the canvas may do. */
export interface Gestures {
  /** Push the robot, move objects and targets. */
  readonly world: boolean
  /** Drag what the skills aim at. */
  readonly goals: boolean
}

/**
 * Draws what the protocol says: descriptions once, then poses. Everything is made when a description
 * arrives; posing and drawing allocate nothing that grows.
 */
export interface Viewer {
  setScene(scene: SceneDescription): void
  /** `copies` of each robot by id, from its channel; default 1. Robots stand in their default pose until posed. */
  setRobots(robots: readonly RobotDescription[], copies?: Readonly<Record<string, number>>): void
  setSkills(skills: readonly SkillDescription[]): void
  setWorld(world: Pick<WorldMessage, 'targets'>): void
  /** Show the values of a `view.bodies` or `view.grid` frame of a robot. */
  showBodies(robotId: string, values: BodyValues): void
  /** Show a `view.blend` frame: weights per skill, and per skill and coordinate where sent. */
  showBlend(robotId: string, values: BodyValues): void
  /** Show a `view.contacts` frame: what touches what, and the force of a hand. */
  showContacts(robotId: string, values: BodyValues): void
  /** How near each coordinate of the first robot is to what is too much, 0…1, for the colour mode `load`. [nDof] */
  showLoads(loads: ArrayLike<number>): void
  /** Of the centre of mass over what carries the robot, m, negative outside; null: not shown or not carried. */
  balanceMargin(): number | null
  /** Of the base, world, m/s: the capture point follows from it; null: unknown. */
  showBaseVelocity(velocity_w: readonly [number, number] | null): void
  /** Distance of the capture point inside what carries the robot, m; null: not shown or not known. */
  captureMargin(): number | null
  /** Mark a link of the first robot, or a thing of the scene. */
  select(picked: Picked | null): void
  /** Draw these or not. The force of a hand is always drawn. */
  setMarks(shown: ShownMarks): void
  /** A ball came near a rim: let the net swing. World velocity, m/s. */
  swingNets(velocity_w: readonly [number, number, number]): void
  setTheme(theme: Theme): void
  setQuality(name: QualityName): void
  setColorMode(mode: ColorMode): void
  setLight(light: RobotLight): void
  setSize(width: number, height: number, pixelRatio: number): void
  /** Follow the robot or stay. Returns what is now. */
  toggleFollow(): boolean
  /** Ways to look that make sense for what there is. */
  cameras(): readonly CameraMode[]
  /** The next way to look. */
  nextCamera(): CameraMode
  setCamera(mode: CameraMode): void
  homeCamera(): void
  /** Where the camera is and what it looks at, world, m: [x, y, z, x, y, z]. */
  cameraPose(): readonly number[]
  /** Put it there, and keep that distance from the robot. */
  setCameraPose(pose: readonly number[]): void
  /** What is on screen, as a PNG. */
  picture(): Promise<Blob>
  /** The next click on the floor puts this there; null: back to normal. */
  armPlacement(what: { readonly kind: 'object' | 'target'; readonly name: string } | null): void
  setGestures(gestures: Gestures): void
  /** Where a ball thrown from the camera at the robot starts, and its velocity, world. */
  throwFromCamera(): {
    readonly pos_w: readonly [number, number, number]
    readonly linVel_w: readonly [number, number, number]
  }
  /** Draw if anything changed. Returns whether it drew. */
  render(now_ms: number): boolean
  /** Draw now and wait until it is done, ms. For measurements only: it stalls the page. */
  timeFrame(): number
  readonly theme: Theme
  stats(): ViewerStats
  dispose(): void
}
