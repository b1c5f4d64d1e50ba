import {
  Color,
  ConeGeometry,
  CylinderGeometry,
  DynamicDrawUsage,
  type Group,
  InstancedMesh,
  Matrix4,
  MeshBasicMaterial,
  Quaternion,
  Vector3,
} from 'three'

/** Arrows of any number up to a capacity, in two draws; moved by writing into buffers. */
export interface Arrows {
  begin(): void
  /** From a point along a vector, world, m. Vectors shorter than a head are not drawn. */
  add(from: ArrayLike<number>, at: number, x: number, y: number, z: number, color: Color): void
  end(): void
  readonly count: number
  dispose(): void
}

const headLength = 0.07

/** Under `root`, drawn over what is in front of them: an arrow inside a foot would not be seen. */
export function createArrows(root: Group, capacity: number): Arrows {
  const material = new MeshBasicMaterial({ depthTest: false, toneMapped: false, transparent: true })
  const make = (geometry: CylinderGeometry | ConeGeometry): InstancedMesh => {
    const mesh = new InstancedMesh(geometry, material, capacity)
    mesh.instanceMatrix.setUsage(DynamicDrawUsage)
    mesh.setColorAt(0, new Color())
    mesh.frustumCulled = false
    mesh.renderOrder = 21
    mesh.count = 0
    root.add(mesh)
    return mesh
  }
  const shafts = make(new CylinderGeometry(0.008, 0.008, 1, 8).translate(0, 0.5, 0))
  const heads = make(new ConeGeometry(0.024, headLength, 12).translate(0, headLength / 2, 0))
  const along = new Vector3(0, 1, 0)
  const direction = new Vector3()
  const position = new Vector3()
  const scale = new Vector3()
  const turn = new Quaternion()
  const matrix = new Matrix4()
  let n = 0
  return {
    get count() {
      return n
    },
    begin() {
      n = 0
    },
    add(from, at, x, y, z, color) {
      const length = Math.hypot(x, y, z)
      if (n >= capacity || !(length > headLength / 2)) return
      turn.setFromUnitVectors(along, direction.set(x / length, y / length, z / length))
      position.set(from[at], from[at + 1], from[at + 2])
      const shaft = Math.max(0.001, length - headLength)
      shafts.setMatrixAt(n, matrix.compose(position, turn, scale.set(1, shaft, 1)))
      position.addScaledVector(direction, shaft)
      heads.setMatrixAt(n, matrix.compose(position, turn, scale.set(1, 1, 1)))
      shafts.setColorAt(n, color)
      heads.setColorAt(n, color)
      n++
    },
    end() {
      for (const mesh of [shafts, heads]) {
        mesh.count = n
        mesh.instanceMatrix.needsUpdate = true
        if (mesh.instanceColor) mesh.instanceColor.needsUpdate = true
      }
    },
    dispose() {
      for (const mesh of [shafts, heads]) {
        mesh.removeFromParent()
        mesh.geometry.dispose()
        mesh.dispose()
      }
      material.dispose()
    },
  }
}
