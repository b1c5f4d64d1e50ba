import type { GoalMark, RobotDescription } from '@skillweave/protocol'
import {
  BufferAttribute,
  BufferGeometry,
  CylinderGeometry,
  DynamicDrawUsage,
  Line,
  LineBasicMaterial,
  Mesh,
  MeshBasicMaterial,
  type Object3D,
  RingGeometry,
  SphereGeometry,
  TorusGeometry,
  Vector3,
} from 'three'

/** The body as marks need it. */
export interface Body {
  /** World matrix of a link, column-major. */
  readonly matrixOf: (link: number) => Float32Array
  /** Of its heading. */
  readonly cos: number
  readonly sin: number
}

/** A mark as drawn, and how a hand takes it. */
export interface GoalShape {
  readonly material: MeshBasicMaterial
  readonly line: LineBasicMaterial
  readonly nodes: readonly Object3D[]
  /** Show these of all goals. */
  place(goals: ArrayLike<number>, at: readonly number[], body: Body): void
  /** Over a level plane, or in the plane that faces the camera. */
  readonly moves: 'level' | 'freely'
  /** Where it can be held now, world; written by `place`. */
  readonly grips: readonly Vector3[]
  /** The numbers that bring the held point here, as far as they depend on it, in the order of `at`. */
  read(point_w: Vector3, body: Body): readonly number[]
}

/** What a mark looks like and how it is held; null for a kind of a later version, or one that lacks something. */
export function drawGoal(mark: GoalMark, robot: RobotDescription): GoalShape | null {
  const material = new MeshBasicMaterial({
    transparent: true,
    depthWrite: false,
    toneMapped: false,
  })
  const line = new LineBasicMaterial({ transparent: true, depthTest: false, toneMapped: false })
  const paint = { material, line }
  switch (mark.kind) {
    case 'velocity':
      return mark.goals.length >= 3 ? { ...paint, ...velocity(paint) } : null
    case 'siteOffset': {
      const site = robot.sites[mark.site]
      return site && mark.goals.length >= 2 ? { ...paint, ...siteOffset(paint, site) } : null
    }
    case 'heightOffset':
      return { ...paint, ...heightOffset(paint) }
    case 'place':
      return mark.goals.length >= 2 ? { ...paint, ...place(paint) } : null
    default:
      // Of a later version of the protocol.
      return null
  }
}

interface Paint {
  readonly material: MeshBasicMaterial
  readonly line: LineBasicMaterial
}
type Shape = Omit<GoalShape, keyof Paint>

/** A polyline whose points are written anew. */
function polyline(points: number, material: LineBasicMaterial) {
  const at = new BufferAttribute(new Float32Array(3 * points), 3).setUsage(DynamicDrawUsage)
  return { at, node: new Line(new BufferGeometry().setAttribute('position', at), material) }
}

/** An arrow over the ground, as long as one second of the way, and an arc for the turn of that second. */
function velocity({ material, line }: Paint): Shape {
  const shaft = new Mesh(new CylinderGeometry(0.014, 0.014, 1, 10).translate(0, 0.5, 0), material)
  const head = new Mesh(new CylinderGeometry(0, 0.045, 0.12, 16).translate(0, 0.06, 0), material)
  const steps = 16
  const arc = polyline(steps + 1, line)
  const up = new Vector3(0, 1, 0)
  const way = new Vector3()
  const grip = new Vector3()
  const ground = 0.03
  return {
    nodes: [shaft, head, arc.node],
    place(goals, at, { matrixOf, cos, sin }) {
      const base = matrixOf(0)
      const [x, y] = [base[12], base[13]]
      const [forward, left, turn] = at.map((i) => goals[i])
      way.set(cos * forward - sin * left, sin * forward + cos * left, 0)
      const length = way.length()
      shaft.visible = length > 0.02
      head.visible = shaft.visible
      if (length > 0.02) {
        shaft.quaternion.setFromUnitVectors(up, way.divideScalar(length))
        head.quaternion.copy(shaft.quaternion)
        shaft.position.set(x, y, ground)
        shaft.scale.set(1, Math.max(0.01, length - 0.12), 1)
        head.position.copy(shaft.position).addScaledVector(way, Math.max(0, length - 0.12))
      }
      const yaw = Math.atan2(sin, cos)
      for (let i = 0; i <= steps; i++) {
        const a = yaw + (turn * i) / steps
        arc.at.setXYZ(i, x + 0.5 * Math.cos(a), y + 0.5 * Math.sin(a), ground)
      }
      arc.at.needsUpdate = true
      // By its tip; without a velocity that is between the feet, where nobody misses it.
      grip.set(x + cos * forward - sin * left, y + sin * forward + cos * left, ground)
    },
    moves: 'level',
    grips: [grip],
    read({ x, y }, { matrixOf, cos, sin }) {
      const base = matrixOf(0)
      const [dx, dy] = [x - base[12], y - base[13]]
      return [cos * dx + sin * dy, cos * dy - sin * dx]
    },
  }
}

/** A ghost of the point and a line from where it is. */
function siteOffset({ material, line }: Paint, site: RobotDescription['sites'][string]): Shape {
  const ghost = new Mesh(new SphereGeometry(0.045, 18, 12), material)
  const path = polyline(2, line)
  const now = new Vector3()
  let axes = 3
  const siteNow = ({ matrixOf }: Body): Vector3 => {
    const m = matrixOf(site.link)
    const [x, y, z] = site.pos
    return now.set(
      m[0] * x + m[4] * y + m[8] * z + m[12],
      m[1] * x + m[5] * y + m[9] * z + m[13],
      m[2] * x + m[6] * y + m[10] * z + m[14],
    )
  }
  return {
    nodes: [ghost, path.node],
    place(goals, at, body) {
      const { cos, sin } = body
      const { x: px, y: py, z: pz } = siteNow(body)
      const dx = goals[at[0]]
      const dy = goals[at[1]]
      const dz = at.length > 2 ? goals[at[2]] : 0
      ghost.position.set(px + cos * dx - sin * dy, py + sin * dx + cos * dy, pz + dz)
      path.at.setXYZ(0, px, py, pz)
      path.at.setXYZ(1, ghost.position.x, ghost.position.y, ghost.position.z)
      path.at.needsUpdate = true
      axes = at.length
    },
    moves: 'freely',
    grips: [ghost.position],
    read(p, body) {
      const { cos, sin } = body
      const { x, y, z } = p.clone().sub(siteNow(body))
      return [cos * x + sin * y, cos * y - sin * x, z].slice(0, axes)
    },
  }
}

function heightOffset({ material }: Paint): Shape {
  const radius = 0.32
  const ring = new Mesh(new TorusGeometry(radius, 0.012, 8, 48), material)
  const grips = aroundRing()
  return {
    nodes: [ring],
    place(goals, at, { matrixOf }) {
      const base = matrixOf(0)
      ring.position.set(base[12], base[13], base[14] + goals[at[0]])
      layAround(grips, ring.position, radius)
    },
    moves: 'freely',
    grips,
    read: ({ z }, { matrixOf }) => [z - matrixOf(0)[14]],
  }
}

function place({ material }: Paint): Shape {
  const ring = new Mesh(new RingGeometry(0.26, 0.32, 48), material)
  const grips = [new Vector3()]
  return {
    nodes: [ring],
    place(goals, at) {
      ring.position.set(goals[at[0]], goals[at[1]], (at.length > 2 ? goals[at[2]] : 0) + 0.015)
      grips[0].copy(ring.position)
    },
    moves: 'level',
    grips,
    read: ({ x, y }) => [x, y],
  }
}

/** A ring is held anywhere on it: so many points are near enough to each other. */
const aroundRing = (): Vector3[] => Array.from({ length: 20 }, () => new Vector3())

function layAround(points: readonly Vector3[], middle: Vector3, radius: number): void {
  points.forEach((p, i) => {
    const a = (2 * Math.PI * i) / points.length
    p.set(middle.x + radius * Math.cos(a), middle.y + radius * Math.sin(a), middle.z)
  })
}
