import type { RobotDescription, SkillDescription } from '@skillweave/protocol'
import { type Group, type Mesh, Vector3 } from 'three'
import { type Body, drawGoal, type GoalShape } from './goal-shapes.ts'
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

interface Drawn extends GoalShape {
  readonly skill: number
  readonly description: SkillDescription
  /** Where its numbers are among all goals. */
  readonly at: readonly number[]
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
          const made = isComplete ? drawGoal(mark, robot) : null
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
