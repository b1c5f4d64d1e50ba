import {
  BufferAttribute,
  BufferGeometry,
  ConeGeometry,
  DynamicDrawUsage,
  type Group,
  Line,
  LineBasicMaterial,
  Mesh,
  MeshBasicMaterial,
  SphereGeometry,
  Vector3,
} from 'three'

/** The rubber band between a grabbed point and the pointer. */
export interface ForceLine {
  /** Draw from the grabbed point to the target, world coordinates. */
  show(from: Vector3, to: Vector3): void
  hide(): void
  dispose(): void
}

/** Made once; moved by writing into its buffers. */
export function createForceLine(root: Group): ForceLine {
  const positions = new BufferAttribute(new Float32Array(6), 3)
  positions.setUsage(DynamicDrawUsage)
  const geometry = new BufferGeometry()
  geometry.setAttribute('position', positions)
  const material = new LineBasicMaterial({ color: '#5cc8ff', depthTest: false, toneMapped: false })
  const solid = new MeshBasicMaterial({ color: '#5cc8ff', depthTest: false, toneMapped: false })
  const line = new Line(geometry, material)
  const grab = new Mesh(new SphereGeometry(0.018, 12, 8), solid)
  const head = new Mesh(new ConeGeometry(0.035, 0.1, 16), solid)
  const parts = [line, grab, head]
  for (const p of parts) {
    p.frustumCulled = false
    p.renderOrder = 20
    p.visible = false
    root.add(p)
  }
  const direction = new Vector3()
  const coneAxis = new Vector3(0, 1, 0)
  return {
    show(from, to) {
      positions.setXYZ(0, from.x, from.y, from.z)
      positions.setXYZ(1, to.x, to.y, to.z)
      positions.needsUpdate = true
      grab.position.copy(from)
      direction.copy(to).sub(from)
      const length = direction.length()
      head.position.copy(to)
      if (length > 1e-4) {
        head.quaternion.setFromUnitVectors(coneAxis, direction.divideScalar(length))
      }
      for (const p of parts) p.visible = true
    },
    hide() {
      for (const p of parts) p.visible = false
    },
    dispose() {
      for (const p of parts) {
        p.removeFromParent()
        p.geometry.dispose()
      }
      material.dispose()
      solid.dispose()
    },
  }
}
