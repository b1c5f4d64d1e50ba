import type { Vec3 } from '@skillweave/math'
import {
  box,
  type Hinge,
  type Robot,
  type Scene,
  type SceneObject,
  sphere,
} from '@skillweave/model'

/** Numbers of SkillBench's scenes that follow the robot's height. m */
export interface BenchSize {
  /** Centre of a table's slab, 5 cm thick. */
  readonly table: number
  /** Height of the button, and how far above and below it is drawn. */
  readonly button: readonly [height: number, spread: number]
  /** Centre of the cabinet. */
  readonly cabinet: number
  /** Height of the package, and how far it is lifted. */
  readonly package: number
  readonly lift: readonly [number, number]
  /** Far reach: shared offset, its greatest height, and sphere and box around home. */
  readonly reach: number
  readonly reachHeight: number
  readonly sphere: number
  readonly sphereBox: readonly [
    readonly [number, number],
    readonly [number, number],
    readonly [number, number],
  ]
}

const large: BenchSize = {
  table: 0.975,
  button: [1, 0.5],
  cabinet: 1,
  package: 1,
  lift: [0.3, 0.6],
  reach: 2,
  reachHeight: 0.5,
  sphere: 0.25,
  sphereBox: [
    [-0.1, 0.25],
    [-0.1, 0.25],
    [-0.25, 0.25],
  ],
}

const small: BenchSize = {
  table: 0.7,
  button: [0.7, 0.3],
  cabinet: 0.7,
  package: 0.7,
  lift: [0.2, 0.4],
  reach: 1.25,
  reachHeight: 0.25,
  sphere: 0.15,
  sphereBox: [
    [-0.05, 0.15],
    [-0.05, 0.15],
    [-0.15, 0.15],
  ],
}

/** The paper's scene for robots of this height. */
export const benchSize = (robot: Robot): BenchSize => (robot.standingHeight < 0.85 ? small : large)

const still = { linearDamping: 0, angularDamping: 0, ccd: false, restitution: 0 } as const

/** A thing that stands where its geoms say, in the environment's world. */
const fixture = (name: string, geoms: SceneObject['geoms']): SceneObject => ({
  name,
  motion: 'kinematic',
  mass: 0,
  geoms,
  friction: 1,
  ...still,
  look: 'box',
})

const slab = (center: Vec3, size: Vec3) => box(center, [size[0] / 2, size[1] / 2, size[2] / 2])

export const floorOnly: Scene = { ground: { friction: 1, restitution: 0 }, objects: [] }

export const wallScene: Scene = {
  ...floorOnly,
  objects: [fixture('wall', [slab([1.5, 0, 1.5], [0.05, 2, 3])])],
}

/** Radius of the ball, m. */
export const footballRadius = 0.11

/** A goal 4 m wide whose mouth is 4 m away, and a football. */
export const footballScene: Scene = {
  ...floorOnly,
  objects: [
    fixture('goal', [
      slab([5, 0, 1], [0.05, 4, 2]),
      slab([4.5, 2, 1], [1, 0.05, 2]),
      slab([4.5, -2, 1], [1, 0.05, 2]),
    ]),
    {
      name: 'ball',
      motion: 'dynamic',
      mass: 0.4,
      geoms: [sphere([0, 0, 0], footballRadius)],
      friction: 0.6,
      restitution: 0.6,
      linearDamping: 0.05,
      angularDamping: 0.3,
      ccd: true,
      look: 'ball',
    },
  ],
}

const table = (name: string, x: number, z: number) =>
  fixture(name, [slab([x, 0, z], [0.9, 1.5, 0.05])])

/** A cube of 0.1 m and 1 kg on a table in front, and another table behind when `tables` is 2. */
export const tableScene = (size: BenchSize, tables: 1 | 2): Scene => ({
  ...floorOnly,
  objects: [
    {
      name: 'box',
      motion: 'dynamic',
      mass: 1,
      geoms: [box([0, 0, 0], [0.05, 0.05, 0.05])],
      friction: 1,
      ...still,
      look: 'box',
    },
    table('frontTable', 1, size.table),
    ...(tables === 2 ? [table('backTable', -1, size.table)] : []),
  ],
})

/** Height at which a cube of 0.1 m rests on a table, its centre. m */
export const onTable = (size: BenchSize): number => size.table + 0.025 + 0.05

/** An upright package on the floor. */
export const packageScene = (size: BenchSize): Scene => ({
  ...floorOnly,
  objects: [
    {
      name: 'package',
      motion: 'dynamic',
      mass: 1,
      geoms: [box([0, 0, 0], [0.25, 0.05, size.package / 2])],
      friction: 5,
      ...still,
      look: 'box',
    },
  ],
})

/** Where the cabinet stands. m */
export const cabinetPos = (size: BenchSize): Vec3 => [1.5, 0, size.cabinet]

/** A cabinet whose two doors open towards the robot; its origin and sizes are the published object's. */
export const cabinetScene: Scene = {
  ...floorOnly,
  objects: [
    fixture('cabinet', [box([0.015, 0.0045, -0.006], [0.215, 0.3275, 0.314])]),
    door('rightDoor', -0.315, 1),
    door('leftDoor', 0.323, -1),
  ],
}

/** `side`: 1 hangs at its −y edge and opens by +z rotation, −1 the other way round. */
function door(name: string, y: number, side: 1 | -1): SceneObject {
  return {
    name,
    motion: 'dynamic',
    mass: 1,
    geoms: [box([0, side * 0.1585, 0], [0.0065, 0.1585, 0.27])],
    friction: 1,
    ...still,
    hinge: {
      on: 'cabinet',
      anchorOn: [-0.214, y, 0.035],
      anchor: [0, 0, 0],
      axis: [0, 0, side],
      lower: 0,
      upper: Math.PI / 2,
      damping: 5,
    },
    look: 'box',
  }
}

/** Angle of a door whose hinge is vertical, rad, from its orientation. */
export const doorAngle = (quat: ArrayLike<number>, at: number, hinge: Hinge): number =>
  2 * Math.atan2(hinge.axis[2] * quat[at + 2], quat[at + 3])
