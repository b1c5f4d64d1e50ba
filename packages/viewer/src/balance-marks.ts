import {
  BufferAttribute,
  BufferGeometry,
  Color,
  DoubleSide,
  DynamicDrawUsage,
  type Group,
  Line,
  LineBasicMaterial,
  Mesh,
  MeshBasicMaterial,
  RingGeometry,
  SphereGeometry,
} from 'three'
import type { Balance } from './balance.ts'

/** The centre of mass, where it is over the ground, what carries it, and the capture point as a ring. */
export interface BalanceMarks {
  show(balance: Balance): void
  setVisible(isVisible: boolean): void
  dispose(): void
}

const cornersMax = 64
/** Above the floor and its shadows, m. */
const lift = 0.012
const steady = new Color('#3ddc84')
const falling = new Color('#ff5c5c')

export function createBalanceMarks(root: Group): BalanceMarks {
  const solid = new MeshBasicMaterial({ depthTest: false, toneMapped: false })
  const line = new LineBasicMaterial({ depthTest: false, toneMapped: false })
  const area = new MeshBasicMaterial({
    transparent: true,
    opacity: 0.3,
    side: DoubleSide,
    depthWrite: false,
    toneMapped: false,
  })
  const buffer = (points: number): { at: BufferAttribute; geometry: BufferGeometry } => {
    const at = new BufferAttribute(new Float32Array(3 * points), 3).setUsage(DynamicDrawUsage)
    const geometry = new BufferGeometry().setAttribute('position', at)
    return { at, geometry }
  }
  const ball = new Mesh(new SphereGeometry(0.035, 16, 12), solid)
  const foot = new Mesh(new SphereGeometry(0.018, 12, 8), solid)
  const captureColor = new MeshBasicMaterial({ depthTest: false, toneMapped: false })
  const capture = new Mesh(new RingGeometry(0.03, 0.045, 24), captureColor)
  const drop = buffer(2)
  const edge = buffer(cornersMax + 1)
  const fill = buffer(cornersMax)
  // A fan around the first corner: the shape is convex.
  fill.geometry.setIndex(Array.from({ length: cornersMax - 2 }, (_, i) => [0, i + 1, i + 2]).flat())
  const parts = [
    ball,
    foot,
    capture,
    new Line(drop.geometry, line),
    new Line(edge.geometry, line),
    new Mesh(fill.geometry, area),
  ]
  for (const p of parts) {
    p.frustumCulled = false
    p.renderOrder = 19
    p.visible = false
    root.add(p)
  }
  let isVisible = false
  return {
    show({ com, polygon, corners, margin, capture: to, captureMargin }) {
      if (!isVisible) return
      capture.visible = !Number.isNaN(to[0])
      captureColor.color.copy(captureMargin > 0 ? steady : falling)
      if (capture.visible) capture.position.set(to[0], to[1], lift)
      const color = margin > 0 ? steady : falling
      for (const m of [solid, line, area]) m.color.copy(color)
      ball.position.set(com[0], com[1], com[2])
      foot.position.set(com[0], com[1], lift)
      drop.at.setXYZ(0, com[0], com[1], com[2])
      drop.at.setXYZ(1, com[0], com[1], lift)
      drop.at.needsUpdate = true
      for (let i = 0; i <= corners && corners > 0; i++) {
        const k = i % corners
        edge.at.setXYZ(i, polygon[2 * k], polygon[2 * k + 1], lift)
        if (i < corners) fill.at.setXYZ(i, polygon[2 * k], polygon[2 * k + 1], lift)
      }
      edge.at.needsUpdate = true
      fill.at.needsUpdate = true
      edge.geometry.setDrawRange(0, corners > 0 ? corners + 1 : 0)
      fill.geometry.setDrawRange(0, 3 * Math.max(0, corners - 2))
    },
    setVisible(visible) {
      isVisible = visible
      for (const p of parts) p.visible = visible
    },
    dispose() {
      for (const p of parts) {
        p.removeFromParent()
        p.geometry.dispose()
      }
      for (const m of [solid, line, area, captureColor]) m.dispose()
    },
  }
}
