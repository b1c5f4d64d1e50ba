/** [x, y, z] */
export type Vec3 = readonly [number, number, number]
/** Unit quaternion x, y, z, w. */
export type Quat = readonly [number, number, number, number]

/** A shape in the frame of its link or object, m. */
export type GeomDescription = {
  readonly name?: string
  /** False: drawn, never collides. Default true. */
  readonly collides?: boolean
} & (
  | { readonly type: 'sphere'; readonly pos: Vec3; readonly radius: number }
  | { readonly type: 'capsule'; readonly from: Vec3; readonly to: Vec3; readonly radius: number }
  | { readonly type: 'cylinder'; readonly from: Vec3; readonly to: Vec3; readonly radius: number }
  | { readonly type: 'box'; readonly pos: Vec3; readonly quat: Quat; readonly halfSize: Vec3 }
)

/** A rigid part. Parents come before children; `links[0]` is the base with parent −1. */
export interface LinkDescription {
  readonly name: string
  readonly parent: number
  /** kg */
  readonly mass: number
  /** Centre of mass, link frame, m. */
  readonly com: Vec3
  readonly geoms: readonly GeomDescription[]
}

/** Joint k moves link k + 1: child pose in parent = (`pos`, `quat`) · motion(q). */
export interface JointDescription {
  readonly name: string
  readonly type: 'revolute' | 'prismatic' | 'spherical'
  /** Index of the first of its coordinates (3 for spherical, else 1) in `dofNames`. */
  readonly dof: number
  /** Child origin in the parent frame at q = 0, m. */
  readonly pos: Vec3
  /** Child orientation in the parent frame at q = 0. */
  readonly quat: Quat
  /** Unit axis in the child frame; unused by spherical joints. */
  readonly axis: Vec3
  /** Per coordinate, rad or m; null: no limit. */
  readonly lower: readonly (number | null)[]
  readonly upper: readonly (number | null)[]
  /** Greatest |torque| or |force| per coordinate, N·m or N; null: no limit. */
  readonly effort: readonly (number | null)[]
  /** Greatest rate per coordinate, rad/s or m/s; null: no limit. */
  readonly velocity: readonly (number | null)[]
}

/** Everything a viewer needs to draw and name a robot; it never sees the robot's model itself. */
export interface RobotDescription {
  /** Unique within a hub; channels refer to it. */
  readonly id: string
  /** The kind of robot, such as "h1". */
  readonly name: string
  /** True only for hardware. */
  readonly real: boolean
  readonly base: 'floating' | 'fixed'
  readonly links: readonly LinkDescription[]
  readonly joints: readonly JointDescription[]
  /** One name per coordinate, model order. */
  readonly dofNames: readonly string[]
  /** Role ("rightHand") → index of a link. */
  readonly roles: Readonly<Record<string, number>>
  /** Points that matter (palms, soles): link index and place in the link frame, m. */
  readonly sites: Readonly<Record<string, { readonly link: number; readonly pos: Vec3 }>>
  /** Link indices; the order of the `footContact` bits. */
  readonly feet: readonly number[]
  /** Default pose, [nDof] rad or m. */
  readonly qDefault: readonly number[]
  /** Height of the base origin above the ground in the default pose, m. */
  readonly standingHeight: number
  /** Orientation of the base in the default pose. */
  readonly standingQuat: Quat
  /** Direction the robot faces, base frame. */
  readonly forward: Vec3
}

/** A ball, a box, a hoop. */
export interface ObjectDescription {
  readonly name: string
  /** `kinematic` objects move only when placed. */
  readonly motion: 'dynamic' | 'kinematic'
  /** kg */
  readonly mass: number
  readonly geoms: readonly GeomDescription[]
  readonly look?: 'ball' | 'hoop' | 'target' | 'box'
}

/** Flat ground at z = 0, or heights on a square grid centred on the origin. */
export interface GroundDescription {
  readonly heightfield?: {
    /** Row-major [rows, columns], m; rows along y, columns along x. */
    readonly heights: readonly number[]
    readonly rows: number
    readonly columns: number
    /** Grid spacing, m. */
    readonly cell: number
  }
}

/** Markings of half a basketball court in the plane z = 0, m. The hoop itself is an object. */
export interface CourtDescription {
  /** Point on the ground below the middle of the rim. */
  readonly hoop_w: Vec3
  /** Yaw of the direction from the hoop into the court, rad. */
  readonly yaw: number
  readonly width: number
  readonly length: number
  readonly arcRadius: number
  readonly keyWidth: number
  readonly keyLength: number
}

export interface SceneDescription {
  readonly title: string
  readonly description?: string
  readonly ground: GroundDescription
  /** The order of object fields in views. */
  readonly objects: readonly ObjectDescription[]
  readonly court?: CourtDescription
}

/** What some numbers of a skill's goal mean in space. `goals`: their names. */
export type GoalMark =
  /** Forward, left (m/s), yaw rate (rad/s), heading frame. */
  | { readonly kind: 'velocity'; readonly goals: readonly string[] }
  /** How far a site of the robot should go, heading frame: x, y and maybe z, m. */
  | { readonly kind: 'siteOffset'; readonly site: string; readonly goals: readonly string[] }
  /** How far the base should rise, m. */
  | { readonly kind: 'heightOffset'; readonly goals: readonly string[] }
  /** A place of the world: x, y and maybe z, m. */
  | { readonly kind: 'place'; readonly goals: readonly string[] }

/** A skill as the viewer knows it; the order of `view.blend`. */
export interface SkillDescription {
  readonly name: string
  readonly title: string
  /** Slot in the viewer's palette of skill colours, 0 upwards. */
  readonly color: number
  /** Names of the numbers this skill is told, such as "linVelX_mps". */
  readonly goals: readonly string[]
  /** Least and greatest of each goal; absent: nobody knows. [goals] */
  readonly ranges?: readonly (readonly [number, number])[]
  readonly marks?: readonly GoalMark[]
  readonly description?: string
}

/** What `describeRobot` reads: the shape of the model package's `Robot`, which this package may not import. */
export interface RobotSource {
  readonly name: string
  readonly model: {
    readonly base: 'floating' | 'fixed'
    readonly links: readonly {
      readonly name: string
      readonly parent: number
      readonly mass: number
      readonly com: Vec3
      readonly geoms: readonly GeomDescription[]
    }[]
    readonly joints: readonly {
      readonly name: string
      readonly type: 'revolute' | 'prismatic' | 'spherical'
      readonly dof: number
      readonly pos: Vec3
      readonly quat: Quat
      readonly axis: Vec3
      readonly lower: readonly number[]
      readonly upper: readonly number[]
      readonly effort: readonly number[]
      readonly velocity: readonly number[]
    }[]
    readonly dofNames: readonly string[]
  }
  readonly roles: Readonly<Record<string, string | undefined>>
  readonly sites: Readonly<Record<string, { readonly link: string; readonly pos: Vec3 }>>
  readonly feet: readonly string[]
  readonly qDefault: readonly number[]
  readonly standingHeight: number
  readonly standingQuat: Quat
  readonly forward: Vec3
}

/**
 * The description of a robot under an id. Only what the wire declares is copied; ±Infinity becomes
 * null. Throws for a role, site or foot that names a link the model lacks.
 */
export function describeRobot(options: {
  readonly id: string
  readonly robot: RobotSource
  /** Default false: a simulation. */
  readonly real?: boolean
}): RobotDescription {
  const { id, robot } = options
  const { model } = robot
  const linkIndex = (name: string): number => {
    const i = model.links.findIndex((l) => l.name === name)
    if (i >= 0) return i
    throw new Error(
      `${robot.name} has no link "${name}"; it has ${model.links.map((l) => l.name).join(', ')}`,
    )
  }
  const roles: Record<string, number> = {}
  for (const [role, link] of Object.entries(robot.roles)) {
    if (link !== undefined) roles[role] = linkIndex(link)
  }
  return {
    id,
    name: robot.name,
    real: options.real ?? false,
    base: model.base,
    links: model.links.map((l) => ({
      name: l.name,
      parent: l.parent,
      mass: l.mass,
      com: l.com,
      geoms: l.geoms.map(describeGeom),
    })),
    joints: model.joints.map((j) => ({
      name: j.name,
      type: j.type,
      dof: j.dof,
      pos: j.pos,
      quat: j.quat,
      axis: j.axis,
      lower: j.lower.map(finiteOrNull),
      upper: j.upper.map(finiteOrNull),
      effort: j.effort.map(finiteOrNull),
      velocity: j.velocity.map(finiteOrNull),
    })),
    dofNames: model.dofNames,
    roles,
    sites: Object.fromEntries(
      Object.entries(robot.sites).map(([name, s]) => [
        name,
        { link: linkIndex(s.link), pos: s.pos },
      ]),
    ),
    feet: robot.feet.map(linkIndex),
    qDefault: robot.qDefault,
    standingHeight: robot.standingHeight,
    standingQuat: robot.standingQuat,
    forward: robot.forward,
  }
}

/** The description of a scene object (a model package's `SceneObject` fits). */
export function describeObject(object: ObjectDescription): ObjectDescription {
  const { name, motion, mass, geoms, look } = object
  const base = { name, motion, mass, geoms: geoms.map(describeGeom) }
  return look === undefined ? base : { ...base, look }
}

function describeGeom(g: GeomDescription): GeomDescription {
  const base = {
    ...(g.name === undefined ? {} : { name: g.name }),
    ...(g.collides === undefined ? {} : { collides: g.collides }),
  }
  switch (g.type) {
    case 'sphere':
      return { ...base, type: g.type, pos: g.pos, radius: g.radius }
    case 'box':
      return { ...base, type: g.type, pos: g.pos, quat: g.quat, halfSize: g.halfSize }
    default:
      return { ...base, type: g.type, from: g.from, to: g.to, radius: g.radius }
  }
}

const finiteOrNull = (x: number): number | null => (Number.isFinite(x) ? x : null)
