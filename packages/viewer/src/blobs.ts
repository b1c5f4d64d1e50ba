import {
  DynamicDrawUsage,
  type Group,
  InstancedBufferAttribute,
  InstancedMesh,
  PlaneGeometry,
} from 'three'
import { blobMaterial } from './materials.ts'
import type { ObjectView } from './objects.ts'
import type { RobotView } from './robot.ts'

/** Soft shadows on the ground: cheap, and what makes feet stand and balls fly. */
export interface Blobs {
  begin(): void
  /** A disc below x, y: `radius` m when touching, wider and fainter with `height` above the ground. */
  add(x: number, y: number, height: number, radius: number, strength: number): void
  end(): void
  dispose(): void
}

/** Room for `capacity` discs under `root`; more are not drawn. */
export function createBlobs(root: Group, capacity: number): Blobs {
  const geometry = new PlaneGeometry(2, 2)
  const strength = new InstancedBufferAttribute(new Float32Array(capacity), 1)
  strength.setUsage(DynamicDrawUsage)
  geometry.setAttribute('strength', strength)
  const mesh = new InstancedMesh(geometry, blobMaterial(), capacity)
  mesh.instanceMatrix.setUsage(DynamicDrawUsage)
  mesh.frustumCulled = false
  mesh.renderOrder = 1
  root.add(mesh)
  const m = mesh.instanceMatrix.array as Float32Array
  const s = strength.array as Float32Array
  let n = 0
  return {
    begin() {
      n = 0
    },
    add(x, y, height, radius, amount) {
      if (n >= capacity) return
      const h = Math.max(0, height)
      const r = radius * (1 + h * 1.4)
      const o = n * 16
      m.fill(0, o, o + 16)
      m[o] = r
      m[o + 5] = r
      m[o + 10] = 1
      m[o + 12] = x
      m[o + 13] = y
      m[o + 14] = 0.004 + 0.0002 * (n % 8)
      m[o + 15] = 1
      s[n] = amount / (1 + 5 * h * h + 1.6 * h)
      n++
    },
    end() {
      mesh.count = n
      mesh.instanceMatrix.needsUpdate = true
      strength.needsUpdate = true
    },
    dispose() {
      mesh.removeFromParent()
      geometry.dispose()
      mesh.material.dispose()
      mesh.dispose()
    },
  }
}

/** A disc below every base, foot and object that is seen. */
export function drawBlobs(
  blobs: Blobs,
  robots: readonly RobotView[],
  objects: readonly ObjectView[],
): void {
  blobs.begin()
  for (const robot of robots) {
    for (let c = 0; c < robot.copies; c++) blobsOfRobot(blobs, robot, c * 16)
  }
  for (const { node, description, radius } of objects) {
    if (!node.visible || description.look === 'hoop') continue
    const p = node.position
    blobs.add(p.x, p.y, Math.max(0, p.z - radius), radius * 1.5, 0.75)
  }
  blobs.end()
}

/** `o`: where the copy begins in the matrices. */
function blobsOfRobot(blobs: Blobs, robot: RobotView, o: number): void {
  const { feet, links, base } = robot.description
  const b = robot.matrices(0)
  if (base === 'floating') {
    blobs.add(b[o + 12], b[o + 13], Math.max(0, b[o + 14] - 0.9), 0.42, 0.5)
  } else blobs.add(b[o + 12], b[o + 13], 0, 0.3, 0.7)
  for (const foot of feet) {
    const m = robot.matrices(foot)
    const [x, y, z] = links[foot].com
    blobs.add(
      m[o] * x + m[o + 4] * y + m[o + 8] * z + m[o + 12],
      m[o + 1] * x + m[o + 5] * y + m[o + 9] * z + m[o + 13],
      m[o + 14] - 0.1,
      0.2,
      0.85,
    )
  }
}
