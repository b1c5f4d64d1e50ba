import type { RobotDescription, SkillDescription } from '@skillweave/protocol'
import type { Group } from 'three'
import { type Balance, bindBalance } from './balance.ts'
import { createBalanceMarks } from './balance-marks.ts'
import { createContactMarks } from './contact-marks.ts'
import { createGoalMarks, type GoalMarks } from './goal-marks.ts'
import type { BodyValues, RobotView } from './robot.ts'

/** What can be drawn over the scene: sub-goals of the skills, contacts, the centre of mass over its support. */
export type MarkName = 'goals' | 'contacts' | 'balance'

export type ShownMarks = Readonly<Record<MarkName, boolean>>

/** Everything drawn over the scene about one robot. */
export interface Marks {
  /** Another robot, or none; forgets what was said about the one before. */
  setRobot(robot: RobotDescription | undefined): void
  setSkills(skills: readonly SkillDescription[]): void
  /** Values of a `view.blend` frame. Returns whether that changes the picture. */
  showBlend(values: BodyValues): boolean
  /** Values of a `view.contacts` frame. `nObjects`: of the scene. */
  showContacts(values: BodyValues, nObjects: number): void
  /** Lay them on the robot as it is drawn now. `yaw`: where it faces, rad. */
  place(view: RobotView, yaw: number): void
  /** Of the base along the ground, world, m/s; null: not known. */
  setBaseVelocity(velocity_w: readonly [number, number] | null): void
  setShown(shown: ShownMarks): void
  /** Of the centre of mass over what carries the robot, m, negative outside; null: not shown or not carried. */
  readonly margin_m: number | null
  /** The same of the capture point; null also where the velocity is not known. */
  readonly captureMargin_m: number | null
  readonly goals: Pick<GoalMarks, 'count' | 'handles' | 'pick'>
  /** How many are drawn. */
  readonly forces: number
  dispose(): void
}

/** Points that carry a robot; more are not looked at. */
const supportsMax = 64

export function createMarks(root: Group): Marks {
  const goals = createGoalMarks(root)
  const contacts = createContactMarks(root)
  const balance = createBalanceMarks(root)
  /** x, y of the points that carry the robot. */
  const support = new Float64Array(2 * supportsMax)
  let supports = 0
  let velocity_w: readonly [number, number] | null = null
  let robot: RobotDescription | undefined
  let skills: readonly SkillDescription[] = []
  let bound: ReturnType<typeof bindBalance> | undefined
  let weight = 1
  let shown: ShownMarks = { goals: false, contacts: false, balance: false }

  /** Ground contacts of links carry the robot. */
  function readSupport({ count, bodyA, bodyB, pos_w }: BodyValues, firstLink: number): void {
    supports = 0
    for (let k = 0; k < count[0] && supports < supportsMax; k++) {
      if (bodyA[k] < firstLink || bodyB[k] !== 0) continue
      support[2 * supports] = pos_w[3 * k]
      support[2 * supports + 1] = pos_w[3 * k + 1]
      supports++
    }
  }

  /** While balance is shown, and where it is known. */
  function marginOf(read: (balance: Balance) => number): number | null {
    const margin = shown.balance && bound ? read(bound.balance) : Number.NaN
    return Number.isFinite(margin) ? margin : null
  }

  return {
    setRobot(next) {
      robot = next
      bound = robot && bindBalance(robot)
      weight = 9.81 * (robot?.links.reduce((m, l) => m + l.mass, 0) ?? 1)
      supports = 0
      velocity_w = null
      goals.set(skills, robot)
    },
    setSkills(list) {
      skills = list
      goals.set(skills, robot)
    },
    showBlend(values) {
      goals.show(values)
      return shown.goals
    },
    showContacts(values, nObjects) {
      contacts.show(values, weight)
      readSupport(values, 1 + nObjects)
    },
    place(view, yaw) {
      if (shown.goals) goals.place(view, yaw)
      if (shown.balance && bound) {
        balance.show(bound.update(view.matrices, support, supports, velocity_w))
      }
    },
    setBaseVelocity(next) {
      velocity_w = next
    },
    setShown(next) {
      shown = next
      goals.setVisible(shown.goals)
      contacts.setVisible({ contacts: shown.contacts, push: true })
      balance.setVisible(shown.balance)
    },
    get margin_m() {
      return marginOf((balance) => balance.margin)
    },
    get captureMargin_m() {
      return marginOf((balance) => balance.captureMargin)
    },
    goals,
    get forces() {
      return contacts.arrows
    },
    dispose() {
      goals.dispose()
      contacts.dispose()
      balance.dispose()
    },
  }
}
