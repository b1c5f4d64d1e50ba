import type { RobotDescription } from '@skillweave/protocol'
import type { History } from './history.ts'

/** What the shells can show of joints. */
export type LoadName = 'tracking' | 'torque'

/** A joint this far from its target is as bad as it gets: 15°, or 5 cm. */
const errorMax = { turning: Math.PI / 12, sliding: 0.05 } as const

/** How near coordinates are to what is too much, from the signals of a run. */
export interface JointLoads {
  /** What these signals are enough for. */
  readonly names: readonly LoadName[]
  /** Fill with 0…1 per coordinate as of the k-th kept sample. [nDof] */
  read(name: LoadName, signals: History, k: number, out: Float32Array): void
}

/** Look up the signals once. */
export function bindJointLoads(
  robot: RobotDescription,
  signalNames: readonly string[],
): JointLoads {
  const find = (group: string): number[] =>
    robot.dofNames.map((dof) => signalNames.indexOf(`${group}.${dof}`))
  const [q, target, tau] = ['q', 'qTarget', 'tau'].map(find)
  const isThere = (indices: readonly number[]): boolean =>
    indices.length > 0 && indices.every((i) => i >= 0)
  const errors = robot.dofNames.map(() => errorMax.turning as number)
  const efforts = robot.dofNames.map((): number | null => null)
  for (const { dof, type, effort } of robot.joints) {
    if (type === 'prismatic') errors[dof] = errorMax.sliding
    effort.forEach((most, i) => {
      efforts[dof + i] = most
    })
  }
  return {
    names: [
      ...(isThere(q) && isThere(target) ? (['tracking'] as const) : []),
      ...(isThere(tau) && efforts.some((e) => e !== null) ? (['torque'] as const) : []),
    ],
    read(name, signals, k, out) {
      for (let i = 0; i < out.length; i++) {
        if (name === 'tracking') {
          out[i] = Math.abs(signals.valueAt(k, q[i]) - signals.valueAt(k, target[i])) / errors[i]
        } else
          out[i] = Math.abs(signals.valueAt(k, tau[i])) / (efforts[i] ?? Number.POSITIVE_INFINITY)
      }
    },
  }
}
