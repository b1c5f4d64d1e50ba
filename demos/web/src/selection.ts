import type { RobotDescription } from '@skillweave/protocol'
import { type Accessor, createSignal } from 'solid-js'

/** Something with a name that scene, joint map, plots and tree all show. */
export interface Selected {
  readonly kind: 'link' | 'object' | 'target' | 'skill'
  readonly name: string
}

/** One selection for the whole page. */
export interface Selection {
  readonly now: Accessor<Selected | null>
  is(what: Selected): boolean
  choose(what: Selected | null): void
  /** For lists: choosing what is chosen lets it go. */
  toggle(what: Selected): void
  /** What was selected before, and before that. */
  undo(): void
}

const rememberedMax = 50

export function createSelection(): Selection {
  const [now, setNow] = createSignal<Selected | null>(null, { equals: isSame })
  let before: readonly (Selected | null)[] = []
  const choose = (what: Selected | null): void => {
    if (isSame(what, now())) return
    before = [...before, now()].slice(-rememberedMax)
    setNow(what)
  }
  return {
    now,
    is: (what) => isSame(what, now()),
    choose,
    toggle: (what) => choose(isSame(what, now()) ? null : what),
    undo() {
      const last = before.at(-1)
      if (last === undefined) return
      before = before.slice(0, -1)
      setNow(last)
    },
  }
}

const isSame = (a: Selected | null, b: Selected | null): boolean =>
  a?.kind === b?.kind && a?.name === b?.name

/** The joint that moves the selected link; null: none does, or it is no link. */
export function jointOf(robot: RobotDescription | undefined, what: Selected | null): number | null {
  if (!robot || what?.kind !== 'link') return null
  // Joint j moves link j + 1.
  const link = robot.links.findIndex((l) => l.name === what.name)
  return link > 0 ? link - 1 : null
}

/** The link that a joint moves. */
export const linkOf = (robot: RobotDescription, joint: number): Selected => ({
  kind: 'link',
  name: robot.links[joint + 1].name,
})

/** Groups of signals that are about a coordinate. */
const ofJoints = ['q', 'qTarget', 'dq', 'tau'] as const
const signalsMax = 8

/** What is worth plotting of it: a joint with its target, a skill's weight, what is named after a thing. */
export function signalsOf(
  robot: RobotDescription | undefined,
  what: Selected | null,
  names: readonly string[],
): readonly string[] {
  if (!what) return []
  const joint = jointOf(robot, what)
  const wanted =
    what.kind === 'skill'
      ? [`weight.${what.name}`]
      : robot && joint !== null
        ? dofsOf(robot, joint).flatMap((dof) => [`q.${dof}`, `qTarget.${dof}`])
        : names.filter((n) => n.startsWith(`${what.name}.`))
  return wanted.filter((n) => names.includes(n)).slice(0, signalsMax)
}

/** What a signal is about; null: nothing that can be selected. */
export function subjectOf(robot: RobotDescription | undefined, signal: string): Selected | null {
  const dot = signal.indexOf('.')
  const [group, name] = [signal.slice(0, dot), signal.slice(dot + 1)]
  if (group === 'weight') return { kind: 'skill', name }
  if (!robot || !ofJoints.some((g) => g === group)) return null
  const joint = robot.joints.findIndex((_, j) => dofsOf(robot, j).includes(name))
  return joint < 0 ? null : linkOf(robot, joint)
}

const dofsOf = (robot: RobotDescription, joint: number): readonly string[] => {
  const { dof, type } = robot.joints[joint]
  return robot.dofNames.slice(dof, dof + (type === 'spherical' ? 3 : 1))
}
