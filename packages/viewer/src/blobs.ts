import {
  DynamicDrawUsage,
  type Group,
  InstancedBufferAttribute,
  InstancedMesh,
  PlaneGeometry,
} from 'three'
import { blobMaterial } from './materials.ts'

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
