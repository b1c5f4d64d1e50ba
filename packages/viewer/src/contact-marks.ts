import { noBody } from '@skillweave/protocol'
import {
  CircleGeometry,
  Color,
  DynamicDrawUsage,
  type Group,
  InstancedMesh,
  Matrix4,
  MeshBasicMaterial,
  Quaternion,
  Vector3,
} from 'three'
import { createArrows } from './arrows.ts'
import type { BodyValues } from './robot.ts'

/** What touches what, and the hand that pulls. */
export interface ContactMarks {
  /** Values of a `view.contacts` frame. `weight`: of the robot, N. */
  show(values: BodyValues, weight: number): void
  setVisible(parts: { readonly contacts: boolean; readonly push: boolean }): void
  readonly arrows: number
  dispose(): void
}

/** Length of an arrow per body weight, m: a third of it on each foot is a hand long. */
const perWeight = 0.5
const pushPerWeight = 1
const lengthMax = 1.2
const capacity = 64

/** Discs where bodies touch, as large as the root of the force; arrows along the force. */
export function createContactMarks(root: Group): ContactMarks {
  const arrows = createArrows(root, capacity)
  const material = new MeshBasicMaterial({
    color: '#ffd166',
    transparent: true,
    opacity: 0.75,
    depthTest: false,
    toneMapped: false,
  })
  const discs = new InstancedMesh(new CircleGeometry(1, 20), material, capacity)
  discs.instanceMatrix.setUsage(DynamicDrawUsage)
  discs.frustumCulled = false
  discs.renderOrder = 20
  discs.count = 0
  root.add(discs)
  const colors = { contact: new Color('#ffd166'), push: new Color('#5cc8ff') }
  const facing = new Vector3(0, 0, 1)
  const normal = new Vector3()
  const position = new Vector3()
  const scale = new Vector3()
  const turn = new Quaternion()
  const matrix = new Matrix4()
  let last: BodyValues | null = null
  let lastWeight = 1
  let visible = { contacts: false, push: true }

  const addContacts = ({ count, pos_w, force_w }: BodyValues, weight: number): number => {
    let n = 0
    for (let k = 0; k < count[0] && n < capacity; k++) {
      normal.set(force_w[3 * k], force_w[3 * k + 1], force_w[3 * k + 2])
      const share = normal.length() / weight
      if (!(share > 1e-3)) continue
      normal.divideScalar(share * weight)
      turn.setFromUnitVectors(facing, normal)
      position.set(pos_w[3 * k], pos_w[3 * k + 1], pos_w[3 * k + 2])
      const radius = Math.min(0.09, 0.01 + 0.05 * Math.sqrt(share))
      discs.setMatrixAt(n++, matrix.compose(position, turn, scale.set(radius, radius, 1)))
      const length = Math.min(lengthMax, perWeight * share)
      const { x, y, z } = normal.multiplyScalar(length)
      arrows.add(pos_w, 3 * k, x, y, z, colors.contact)
    }
    return n
  }
  const addPush = ({ push, pushPos_w: from, pushForce_w: f }: BodyValues, weight: number): void => {
    if (push[0] === noBody) return
    const size = Math.hypot(f[0], f[1], f[2])
    if (size === 0) return
    const s = Math.min(lengthMax, (pushPerWeight * size) / weight) / size
    arrows.add(from, 0, s * f[0], s * f[1], s * f[2], colors.push)
  }
  const draw = (): void => {
    arrows.begin()
    const n = last && visible.contacts ? addContacts(last, lastWeight) : 0
    if (last && visible.push) addPush(last, lastWeight)
    arrows.end()
    discs.count = n
    discs.instanceMatrix.needsUpdate = true
  }
  return {
    get arrows() {
      return arrows.count
    },
    show(values, weight) {
      last = values
      lastWeight = weight
      draw()
    },
    setVisible(parts) {
      visible = parts
      draw()
    },
    dispose() {
      arrows.dispose()
      discs.removeFromParent()
      discs.geometry.dispose()
      discs.dispose()
      material.dispose()
    },
  }
}
