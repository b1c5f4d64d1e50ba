import type { GoalMark, RobotDescription, SkillDescription } from '@skillweave/protocol'
import {
  BufferAttribute,
  BufferGeometry,
  CylinderGeometry,
  DynamicDrawUsage,
  type Group,
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
import { skillColor } from './palette.ts'
import { rayCapsule, setRay, type WorldRay } from './picking.ts'
import { type BodyValues, linearRgb, type RobotView } from './robot.ts'

/** A mark that a hand can take. */
export interface GoalHandle {
  readonly skill: string
  /** Of the skill, for people. */
  readonly name: string
  /** Where it is held, world. */
  readonly at_w: Vector3
  /** m along the ray. */
  readonly distance: number
  /** Over a level plane, or in the plane that faces the camera. */
  readonly moves: 'level' | 'freely'
  /** What the skill must be told for the mark to be here, within the ranges of its goal. */
  read(point_w: Vector3): Record<string, number>
}

/** What the skills of a robot are told, drawn in their colours: the more weight, the more solid. */
export interface GoalMarks {
  /** For these skills of this robot; marks that name what is not there are left out. */
  set(skills: readonly SkillDescription[], robot: RobotDescription | undefined): void
  /** Values of a `view.blend` frame. */
  show(values: BodyValues): void
  /** Lay them on the robot as it is drawn now. `yaw`: where it faces, rad. */
  place(view: RobotView, yaw: number): void
  setVisible(isVisible: boolean): void
  /** The nearest mark that a ray meets. */
  pick(ray: WorldRay): GoalHandle | null
  /** Where marks can be held, with the names of their skills. */
  readonly handles: readonly { readonly name: string; readonly at_w: Vector3 }[]
  /** How many are drawn. */
  readonly count: number
  dispose(): void
}

/** The body as marks need it. */
interface Body {
  /** World matrix of a link, column-major. */
  readonly matrixOf: (link: number) => Float32Array
  readonly cos: number
  readonly sin: number
}

interface Drawn {
  readonly skill: number
  readonly description: SkillDescription
  /** Where its numbers are among all goals. */
  readonly at: readonly number[]
  readonly material: MeshBasicMaterial
  readonly line: LineBasicMaterial
  readonly nodes: readonly Object3D[]
  place(goals: ArrayLike<number>, at: readonly number[], body: Body): void
  readonly moves: 'level' | 'freely'
  /** Where it can be held now, world; written by `place`. */
  readonly grips: readonly Vector3[]
  /** The numbers that bring the held point here, as far as they depend on it, in the order of `at`. */
  read(point_w: Vector3, body: Body): readonly number[]
}

/** How near a ray must pass to hold a mark, m. */
const gripRadius = 0.06

/** Least and greatest opacity. */
const faint = 0.15
const full = 1

export function createGoalMarks(root: Group): GoalMarks {
  let drawn: Drawn[] = []
  /** Where the numbers of a skill begin among all goals. */
  const firsts = new Map<string, number>()
  let goals: ArrayLike<number> = []
  let isVisible = false
  let body: Body | null = null

  const held = (): Drawn[] => (isVisible && body && goals.length > 0 ? drawn : [])
  /** In words of the skill, within what it was trained for. */
  const told = ({ description, at, read }: Drawn, point_w: Vector3): Record<string, number> => {
    const { goals: names, ranges } = description
    const first = firsts.get(description.name) ?? 0
    return Object.fromEntries(
      (body ? read(point_w, body) : []).map((value, k) => {
        const i = at[k] - first
        const [least, most] = ranges?.[i] ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
        return [names[i], Math.min(most, Math.max(least, value))]
      }),
    )
  }

  const clear = (): void => {
    for (const { nodes, material, line } of drawn) {
      for (const node of nodes) {
        node.removeFromParent()
        ;(node as Mesh).geometry.dispose()
      }
      material.dispose()
      line.dispose()
    }
    drawn = []
  }
  return {
    get count() {
      return isVisible && goals.length > 0 ? drawn.length : 0
    },
    set(skills, robot) {
      clear()
      goals = []
      if (!robot) return
      let first = 0
      skills.forEach((skill, k) => {
        firsts.set(skill.name, first)
        for (const mark of skill.marks ?? []) {
          const at = mark.goals.map((name) => first + skill.goals.indexOf(name))
          const isComplete = at.length > 0 && at.every((i) => i >= first)
          const made = isComplete ? draw(mark, robot) : null
          if (!made) continue
          const [r, g, b] = linearRgb(skillColor('dark', skill.color))
          made.material.color.setRGB(r, g, b)
          made.line.color.setRGB(r, g, b)
          for (const node of made.nodes) {
            node.frustumCulled = false
            node.renderOrder = 18
            node.visible = false
            root.add(node)
          }
          drawn.push({ ...made, skill: k, description: skill, at })
        }
        first += skill.goals.length
      })
    },
    show(values) {
      goals = values.goals ?? []
      for (const { skill, material, line } of drawn) {
        const opacity = faint + (full - faint) * Math.min(1, values.weights[skill] ?? 0)
        material.opacity = opacity
        line.opacity = opacity
      }
    },
    place(view, yaw) {
      if (!isVisible || goals.length === 0) return
      body = { matrixOf: view.matrices, cos: Math.cos(yaw), sin: Math.sin(yaw) }
      for (const mark of drawn) {
        for (const node of mark.nodes) node.visible = true
        mark.place(goals, mark.at, body)
      }
    },
    setVisible(visible) {
      isVisible = visible
      if (!visible) for (const { nodes } of drawn) for (const node of nodes) node.visible = false
    },
    pick(ray) {
      let best: GoalHandle | null = null
      let nearest = Number.POSITIVE_INFINITY
      setRay(ray.origin, ray.direction)
      for (const mark of held()) {
        for (const { x, y, z } of mark.grips) {
          const t = rayCapsule([x, y, z], [x, y, z], gripRadius)
          if (t < 0 || t >= nearest) continue
          nearest = t
          const { name, title } = mark.description
          best = {
            skill: name,
            name: title,
            at_w: new Vector3(x, y, z),
            distance: t,
            moves: mark.moves,
            read: (point_w) => told(mark, point_w),
          }
        }
      }
      return best
    },
    get handles() {
      return held().flatMap(({ description, grips }) =>
        grips.map((at_w) => ({ name: description.name, at_w })),
      )
    },
    dispose: clear,
  }
}

type Made = Omit<Drawn, 'skill' | 'description' | 'at'>

function draw(mark: GoalMark, robot: RobotDescription): Made | null {
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
type Shape = Pick<Drawn, 'nodes' | 'place' | 'moves' | 'grips' | 'read'>

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
