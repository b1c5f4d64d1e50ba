import type { RobotDescription } from '@skillweave/protocol'
import { deriveAnatomy } from '@skillweave/viewer'
import { spoken } from './sentences.ts'

/** A part of a body that weights can be set for. */
export interface JointScope {
  readonly key: string
  readonly title: string
  /** Coordinates by name; undefined: all. */
  readonly dofs: readonly string[] | undefined
  /** Their places among the coordinates. */
  readonly indices: readonly number[]
}

/** Limbs for people. */
export const families = {
  leftLeg: 'left leg',
  rightLeg: 'right leg',
  trunk: 'trunk',
  leftArm: 'left arm',
  rightArm: 'right arm',
} as const

/** The whole body, its limbs, its joints. */
export function jointScopes(robot: RobotDescription): readonly JointScope[] {
  const scope = (key: string, title: string, joints: readonly number[]): JointScope => {
    const indices = joints.flatMap((j) => dofsOf(robot, j))
    return { key, title, indices, dofs: indices.map((i) => robot.dofNames[i]) }
  }
  const all = robot.joints.map((_, j) => j)
  const { links } = deriveAnatomy(robot)
  const limbs = Object.entries(families).flatMap(([family, title]) => {
    // Joint j moves link j + 1.
    const joints = all.filter((j) => links[j + 1].family === family)
    return joints.length > 0 && joints.length < all.length
      ? [scope(`limb ${family}`, title, joints)]
      : []
  })
  return [
    { ...scope('body', 'whole body', all), dofs: undefined },
    ...limbs,
    ...all.map((j) => scope(jointKey(j), spoken(robot.joints[j].name), [j])),
  ]
}

export const jointKey = (joint: number): string => `joint ${joint}`

/** Places of a joint's coordinates: one, or three of a spherical joint. */
function dofsOf(robot: RobotDescription, joint: number): number[] {
  const { dof, type } = robot.joints[joint]
  return type === 'spherical' ? [dof, dof + 1, dof + 2] : [dof]
}

/** Weight of each skill in a part of the body: the mean over its coordinates. [skills] */
export function scopeWeights(
  scope: JointScope,
  skills: number,
  weights: readonly number[],
  jointWeights: readonly number[],
): number[] {
  if (jointWeights.length === 0 || scope.indices.length === 0) return [...weights]
  const dofs = jointWeights.length / skills
  return Array.from({ length: skills }, (_, k) => {
    let sum = 0
    for (const i of scope.indices) sum += jointWeights[k * dofs + i]
    return sum / scope.indices.length
  })
}
