import type { RobotDescription } from '@skillweave/protocol'
import { jointSlots } from '@skillweave/protocol'
import {
  Color,
  DynamicDrawUsage,
  type Group,
  InstancedBufferAttribute,
  InstancedMesh,
  type Material,
} from 'three'
import { bindKinematics, type Kinematics } from './kinematics.ts'
import type { ShellDetail } from './link-builder.ts'
import { buildShells, triangleCount } from './shells.ts'

/** Values of a bodies or grid frame, by field name. */
export type BodyValues = Readonly<
  Record<string, { readonly [i: number]: number; readonly length: number }>
>

/** A kind of robot, drawn once per link for all its copies. */
export interface RobotView {
  readonly description: RobotDescription
  readonly copies: number
  readonly triangles: number
  /** Column-major world matrices of a link, one per copy. */
  readonly matrices: (link: number) => Float32Array
  /** Pose all copies from the values of a frame. Allocates nothing. */
  pose(values: BodyValues): void
  /** Pose all copies in the default pose at x, y. */
  poseDefault(x: number, y: number): void
  /** Colour the shell of a link: linear rgb, amount 0…1. */
  tint(copy: number, link: number, r: number, g: number, b: number, amount: number): void
  tintsChanged(): void
  /** Of one copy. [links · 4] */
  readonly tints: (copy: number) => number[]
  /** Light up one link under the pointer, and less brightly one that is selected on all copies; −1: none. */
  highlight(copy: number, link: number, selected: number): void
  /** Take over how another view of the same robot stands. */
  standAs(other: RobotView): void
  dispose(): void
}

/** A selected link is lit for long: less brightly than one under the pointer. */
const selectedLift = 0.6

/** Build the instanced meshes of a robot under `root`. */
export function createRobotView(options: {
  readonly root: Group
  readonly description: RobotDescription
  readonly copies: number
  readonly detail: ShellDetail
  readonly material: Material
  readonly castShadow: boolean
}): RobotView {
  const { root, description, copies, material } = options
  const kin = bindKinematics(description)
  const geometries = buildShells(description, options.detail)
  const tints: InstancedBufferAttribute[] = []
  const lifts: InstancedBufferAttribute[] = []
  const meshes = geometries.map((g) => {
    const tint = new InstancedBufferAttribute(new Float32Array(copies * 4), 4)
    const lift = new InstancedBufferAttribute(new Float32Array(copies), 1)
    g.setAttribute('tint', tint)
    g.setAttribute('lift', lift)
    tints.push(tint)
    lifts.push(lift)
    const mesh = new InstancedMesh(g, material, copies)
    mesh.instanceMatrix.setUsage(DynamicDrawUsage)
    // Bounds of instances would have to follow them every frame; a robot is on screen or near it.
    mesh.frustumCulled = false
    mesh.castShadow = options.castShadow
    mesh.receiveShadow = options.castShadow
    root.add(mesh)
    return mesh
  })
  const matrices = meshes.map((m) => m.instanceMatrix.array as Float32Array)
  const reader = bindPoseReader(description, kin)
  const pos = new Float64Array(kin.linkCount * 3)
  const quat = new Float64Array(kin.linkCount * 4)
  let lit = ''

  const writeCopy = (copy: number): void => {
    for (let i = 0; i < matrices.length; i++)
      writeMatrix(matrices[i], copy * 16, pos, i * 3, quat, i * 4)
  }
  const uploaded = (): void => {
    for (let i = 0; i < meshes.length; i++) meshes[i].instanceMatrix.needsUpdate = true
  }

  return {
    description,
    copies,
    triangles: triangleCount(geometries),
    matrices: (link) => matrices[link],
    pose(values) {
      for (let c = 0; c < copies; c++) {
        reader.read(values, c)
        kin.forward(pos, quat, values.basePos_w, c * 3, values.baseQuat_wb, c * 4, reader.coords, 0)
        writeCopy(c)
      }
      uploaded()
    },
    poseDefault(x, y) {
      const basePos = [x, y, description.base === 'floating' ? description.standingHeight : 0]
      kin.forward(pos, quat, basePos, 0, description.standingQuat, 0, kin.coordDefault, 0)
      for (let c = 0; c < copies; c++) writeCopy(c)
      uploaded()
    },
    tint(copy, link, r, g, b, amount) {
      tints[link].setXYZW(copy, r, g, b, amount)
    },
    tintsChanged() {
      for (const t of tints) t.needsUpdate = true
    },
    tints: (copy) => tints.flatMap((t) => [t.getX(copy), t.getY(copy), t.getZ(copy), t.getW(copy)]),
    highlight(copy, link, selected) {
      const key = `${copy} ${link} ${selected}`
      if (key === lit) return
      lit = key
      for (let i = 0; i < lifts.length; i++) {
        lifts[i].array.fill(i === selected ? selectedLift : 0)
        if (i === link) lifts[i].setX(copy, 1)
        lifts[i].needsUpdate = true
      }
    },
    standAs(other) {
      if (other.description.id !== description.id || other.copies !== copies) return
      matrices.forEach((m, i) => {
        m.set(other.matrices(i))
      })
      uploaded()
    },
    dispose() {
      for (const m of meshes) {
        m.removeFromParent()
        m.geometry.dispose()
        m.dispose()
      }
    },
  }
}

/** Gathers one copy's joint coordinates from the groups of a frame. */
function bindPoseReader(
  robot: RobotDescription,
  kin: Kinematics,
): { readonly coords: Float64Array; read(values: BodyValues, copy: number): void } {
  const slots = jointSlots(robot)
  const stride = { slides: 0, hinges: 0, balls: 0 }
  for (const s of slots) stride[s.field] += s.field === 'balls' ? 4 : 1
  const coords = new Float64Array(kin.coordCount)
  const n = slots.length
  const fields = slots.map((s) => s.field)
  const from = Int32Array.from(slots, (s) => s.index)
  return {
    coords,
    read(values, copy) {
      for (let k = 0; k < n; k++) {
        const field = fields[k]
        const source = values[field]
        const o = copy * stride[field] + from[k]
        const to = kin.coordAt[k]
        coords[to] = source[o]
        if (field !== 'balls') continue
        coords[to + 1] = source[o + 1]
        coords[to + 2] = source[o + 2]
        coords[to + 3] = source[o + 3]
      }
    },
  }
}

/** Column-major matrix of a pose. */
function writeMatrix(
  out: Float32Array,
  o: number,
  pos: Float64Array,
  p: number,
  quat: Float64Array,
  q: number,
): void {
  const x = quat[q]
  const y = quat[q + 1]
  const z = quat[q + 2]
  const w = quat[q + 3]
  out[o] = 1 - 2 * (y * y + z * z)
  out[o + 1] = 2 * (x * y + z * w)
  out[o + 2] = 2 * (x * z - y * w)
  out[o + 3] = 0
  out[o + 4] = 2 * (x * y - z * w)
  out[o + 5] = 1 - 2 * (x * x + z * z)
  out[o + 6] = 2 * (y * z + x * w)
  out[o + 7] = 0
  out[o + 8] = 2 * (x * z + y * w)
  out[o + 9] = 2 * (y * z - x * w)
  out[o + 10] = 1 - 2 * (x * x + y * y)
  out[o + 11] = 0
  out[o + 12] = pos[p]
  out[o + 13] = pos[p + 1]
  out[o + 14] = pos[p + 2]
  out[o + 15] = 1
}

/** Linear rgb of a CSS colour. */
export function linearRgb(css: string): readonly [number, number, number] {
  const c = new Color(css)
  return [c.r, c.g, c.b]
}
