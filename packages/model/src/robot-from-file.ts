import { quatRotate, type Vec3, vecAdd } from '@skillweave/math'
import { moveGeom } from './geom.ts'
import { bindKinematics } from './kinematics.ts'
import type { AttachedFrame, RobotFile } from './link-tree.ts'
import { mirrorOf } from './mirror.ts'
import { type MjcfOptions, readMjcf } from './mjcf.ts'
import type { Robot, Role } from './robot.ts'
import { type Geom, jointDofs, linkIndex, type RobotModel } from './robot-model.ts'
import { readUrdf, type UrdfOptions } from './urdf.ts'

/**
 * What a robot file does not say. Link names are the file's, merged links included. Keys of `gains`
 * and `effort` are parts of coordinate names (`knee`); where several fit, the longest counts.
 */
export interface RobotNotes {
  /** Default: the file's. */
  readonly name?: string
  readonly roles: Readonly<Partial<Record<Role, string>>>
  /** PD gains: N·m/rad, N·m·s/rad. May be left out where the file has position servos. */
  readonly gains?: Readonly<Record<string, { readonly kp: number; readonly kd: number }>>
  /** Torque limits, N·m, in place of the file's. */
  readonly effort?: Readonly<Record<string, number>>
  /** Torque limits as a fraction of the file's. Default 1. */
  readonly effortScale?: number
  /** The default pose: coordinate name → rad or m. Default 0. */
  readonly home?: Readonly<Record<string, number>>
  /** Links that touch the ground. Default none. */
  readonly feet?: readonly string[]
  /** Points that matter: the origin of a link of the file, or a point in its frame. */
  readonly sites?: Readonly<Record<string, string | { readonly link: string; readonly pos: Vec3 }>>
  /** Shapes in place of those the file gives a link (whose meshes are left out), its own frame. */
  readonly geoms?: Readonly<Record<string, readonly Geom[]>>
  /** Height of the base above the ground in the default pose, m. Default: feet on the ground, or 0. */
  readonly standingHeight?: number
  /** Left and right are mirror images, by name. Default false. */
  readonly symmetric?: boolean
  /** kg·m². Default 0.01. */
  readonly addedInertia?: number
  /** Default stiffness 0.8, damping 0.4. */
  readonly gainLimit?: Robot['gainLimit']
}

/**
 * A robot from a URDF and what it does not say. Throws, naming what is missing, misspelt or
 * contradictory. See `readUrdf` for `options`.
 */
export const robotFromUrdf = (xml: string, notes: RobotNotes, options?: UrdfOptions): Robot =>
  complete(readUrdf(xml, options), notes)

/** A robot from an MJCF and what it does not say. See `readMjcf` for `options`. */
export function robotFromMjcf(xml: string, notes: RobotNotes, options?: MjcfOptions): Robot {
  const file = readMjcf(xml, options)
  return complete(file, notes, file.gains)
}

function complete(
  file: RobotFile,
  notes: RobotNotes,
  servo?: { readonly kp: readonly number[]; readonly kd: readonly number[] },
): Robot {
  const name = notes.name ?? file.model.name
  const frameOf = (link: string, what: string) => {
    const frame = file.frames[link]
    if (frame) return frame
    const known = Object.keys(file.frames).join(', ')
    throw new Error(`${name}: ${what}: there is no link "${link}"; the file has ${known}`)
  }
  const model = withGeoms({ ...file.model, name }, notes, frameOf)
  const { dofNames } = model
  const roles: Partial<Record<Role, string>> = {}
  for (const [role, link] of Object.entries(notes.roles)) {
    roles[role as Role] = frameOf(link, `role ${role}`).link
  }
  const sites: Record<string, { link: string; pos: Vec3 }> = {}
  for (const [site, at] of Object.entries(notes.sites ?? {})) {
    const { link, pos } = typeof at === 'string' ? { link: at, pos: [0, 0, 0] as const } : at
    const frame = frameOf(link, `site ${site}`)
    sites[site] = { link: frame.link, pos: vecAdd(frame.pos, quatRotate(frame.quat, pos)) }
  }
  const feet = (notes.feet ?? []).map((link) => frameOf(link, 'feet').link)
  const qDefault = homeOf(model, notes.home ?? {})
  const gains = byPart(name, dofNames, 'gains', notes.gains)
  const missing = dofNames.filter((_, i) => !gains[i] && !servo)
  if (missing.length > 0) throw new Error(`${name}: no gains for ${missing.join(', ')}`)

  return {
    name,
    model,
    roles,
    forward: [1, 0, 0],
    qDefault,
    standingHeight: notes.standingHeight ?? heightOn(model, feet, qDefault),
    standingQuat: [0, 0, 0, 1],
    kp: dofNames.map((_, i) => gains[i]?.kp ?? servo!.kp[i]),
    kd: dofNames.map((_, i) => gains[i]?.kd ?? servo!.kd[i]),
    effort: effortOf(model, notes),
    addedInertia: notes.addedInertia ?? 0.01,
    gainLimit: notes.gainLimit ?? { stiffness: 0.8, damping: 0.4 },
    ...(notes.symmetric ? { mirror: mirrorOf(model) } : {}),
    sites,
    feet,
  }
}

/** The value of the longest key found in each name. Throws for keys found in none. */
function byPart<T>(
  robot: string,
  names: readonly string[],
  what: string,
  values: Readonly<Record<string, T>> = {},
): (T | undefined)[] {
  const keys = Object.keys(values)
  const unused = keys.filter((key) => !names.some((n) => n.includes(key)))
  if (unused.length > 0) {
    throw new Error(
      `${robot}: ${what}: no coordinate is called like ${unused.map((k) => `"${k}"`).join(', ')}; ` +
        `there are ${names.join(', ')}`,
    )
  }
  return names.map((n) => {
    const fitting = keys.filter((key) => n.includes(key)).sort((a, b) => b.length - a.length)
    return fitting.length > 0 ? values[fitting[0]] : undefined
  })
}

function effortOf(model: RobotModel, notes: RobotNotes): number[] {
  const given = byPart(model.name, model.dofNames, 'effort', notes.effort)
  const fromFile = model.joints.flatMap((j) => j.effort)
  const scale = notes.effortScale ?? 1
  const effort = fromFile.map((e, i) => given[i] ?? e * scale)
  const unlimited = model.dofNames.filter((_, i) => !(effort[i] > 0 && Number.isFinite(effort[i])))
  if (unlimited.length === 0) return effort
  throw new Error(
    `${model.name}: no torque limit for ${unlimited.join(', ')}, in the file or in effort`,
  )
}

function homeOf(model: RobotModel, home: Readonly<Record<string, number>>): number[] {
  for (const key of Object.keys(home)) {
    if (!model.dofNames.includes(key)) {
      const known = model.dofNames.join(', ')
      throw new Error(`${model.name}: home: no coordinate "${key}"; there are ${known}`)
    }
  }
  const q = model.dofNames.map((key) => home[key] ?? 0)
  for (const joint of model.joints) {
    for (let c = 0; c < jointDofs(joint); c++) {
      const i = joint.dof + c
      if (q[i] >= joint.lower[c] && q[i] <= joint.upper[c]) continue
      throw new Error(
        `${model.name}: the default pose has ${model.dofNames[i]} at ${q[i]}, outside its range ` +
          `${joint.lower[c]} to ${joint.upper[c]}; set it in home`,
      )
    }
  }
  return q
}

function withGeoms(
  model: RobotModel,
  notes: RobotNotes,
  frameOf: (link: string, what: string) => AttachedFrame,
): RobotModel {
  const replaced = new Map<string, Geom[]>()
  for (const [link, geoms] of Object.entries(notes.geoms ?? {})) {
    const frame = frameOf(link, 'geoms')
    const moved = geoms.map((g) => moveGeom(g, frame.pos, frame.quat))
    replaced.set(frame.link, [...(replaced.get(frame.link) ?? []), ...moved])
  }
  const links = model.links.map((l) => ({ ...l, geoms: replaced.get(l.name) ?? l.geoms }))
  return { ...model, links }
}

/** How high the base must be for the lowest point of the feet to be on the ground. */
function heightOn(model: RobotModel, feet: readonly string[], q: readonly number[]): number {
  if (feet.length === 0) return 0
  const n = model.links.length
  const links = { pos: new Float64Array(3 * n), quat: new Float64Array(4 * n) }
  links.quat[3] = 1
  bindKinematics(model).poses(links, q, 0)
  let lowest = Infinity
  for (const foot of feet) {
    const i = linkIndex(model, foot)
    const pos: Vec3 = [links.pos[3 * i], links.pos[3 * i + 1], links.pos[3 * i + 2]]
    const [x, y, z, w] = links.quat.subarray(4 * i, 4 * i + 4)
    for (const geom of model.links[i].geoms) {
      lowest = Math.min(lowest, bottomOf(moveGeom(geom, pos, [x, y, z, w])))
    }
  }
  if (Number.isFinite(lowest)) return -lowest
  throw new Error(
    `${model.name}: its feet ${feet.join(', ')} have no shapes (meshes are left out); ` +
      'give them geoms, or give standingHeight',
  )
}

/** The lowest z of a geom. */
function bottomOf(geom: Geom): number {
  if (geom.type === 'sphere') return geom.pos[2] - geom.radius
  if (geom.type === 'box') {
    const [x, y, z] = [0, 1, 2].map((k) => {
      const axis = quatRotate(geom.quat, [k === 0 ? 1 : 0, k === 1 ? 1 : 0, k === 2 ? 1 : 0])
      return Math.abs(axis[2]) * geom.halfSize[k]
    })
    return geom.pos[2] - x - y - z
  }
  const low = Math.min(geom.from[2], geom.to[2])
  if (geom.type === 'capsule') return low - geom.radius
  const length = Math.hypot(...geom.from.map((x, k) => x - geom.to[k]))
  const rise = length > 0 ? (geom.from[2] - geom.to[2]) / length : 0
  return low - geom.radius * Math.sqrt(Math.max(0, 1 - rise * rise))
}
