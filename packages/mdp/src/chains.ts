import { type Joint, type Robot, type Role, roleIndex } from '@skillweave/model'

/** Joints between the base and a body part, from the base outwards. */
export function chainTo(robot: Robot, role: Role): Joint[] {
  const { links, joints } = robot.model
  const chain: Joint[] = []
  for (let k = roleIndex(robot, role); k > 0; k = links[k].parent) chain.unshift(joints[k - 1])
  return chain
}

/** Coordinates of limbs: legs, arms, and the waist that both arms share. */
export interface LimbDofs {
  readonly legs: readonly number[]
  readonly arms: readonly number[]
  readonly waist: readonly number[]
}

/** Which coordinates move legs, arms and waist. Throws when the robot lacks a hand or a foot. */
export function limbDofs(robot: Robot): LimbDofs {
  const dofs = (role: Role) =>
    chainTo(robot, role).flatMap(({ type, dof }) =>
      type === 'spherical' ? [dof, dof + 1, dof + 2] : [dof],
    )
  const left = dofs('leftHand')
  const right = dofs('rightHand')
  const waist = left.filter((d) => right.includes(d))
  const arms = [...left, ...right].filter((d) => !waist.includes(d))
  return { legs: [...dofs('leftFoot'), ...dofs('rightFoot')], arms, waist }
}

/** Coordinates of a leg that turn about the body's left–right axis: hip, knee, ankle. */
export const pitchDofs = (robot: Robot, foot: 'leftFoot' | 'rightFoot'): number[] =>
  chainTo(robot, foot)
    .filter((joint) => joint.type === 'revolute' && Math.abs(joint.axis[1]) > 0.9)
    .map((joint) => joint.dof)

/** Mass of the whole body, kg. */
export const bodyMass = (robot: Robot): number =>
  robot.model.links.reduce((sum, link) => sum + link.mass, 0)
