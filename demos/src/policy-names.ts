import { UserError } from './user-error.ts'

/**
 * The controllers, by what stands between their network and the joint targets: how skills are weighed, or
 * nothing. One task definition, one learner and one action space for all of them.
 */
export const controllers = {
  blend: 'perJoint',
  scalar: 'perSkill',
  choose: 'one',
  flat: undefined,
} as const

export type ControllerName = keyof typeof controllers

export const controllerNames = Object.keys(controllers) as ControllerName[]

/** A controller by its name on the command line. */
export function controllerByName(name: string): ControllerName {
  if (Object.hasOwn(controllers, name)) return name as ControllerName
  throw new UserError(`no controller "${name}"; there are ${controllerNames.join(', ')}`)
}

/** Which of a task's policies: by which controller, and which run of it, such as `seed2` or `without-walking`. */
export interface PolicyChoice {
  readonly controller?: string
  readonly variant?: string | undefined
}

/** What a humanoid's policy is called, as a run and when shipped: `walking-h1`, `far-reach-h1-blend-seed2`. */
export const policyName = (
  task: string,
  robot: string,
  { controller, variant }: PolicyChoice = {},
): string => [task, robot, controller, variant].filter(Boolean).join('-')

/** The sentence for a policy that is not there. */
export function missingPolicy(
  task: string,
  robot: string,
  about: {
    readonly choice: PolicyChoice
    /** Names of policies that are there. */
    readonly known: readonly string[]
    /** That a run of it was begun, in words. */
    readonly begun?: string | undefined
  },
): string {
  const { choice, known, begun } = about
  const { controller } = choice
  const mine = new RegExp(`-${robot}(-[a-z0-9-]+)?$`)
  const others = known.filter((name) => mine.test(name)).join(', ') || 'none'
  const flags = controller ? ` --controller ${controller}` : ''
  const what = [task, controller].filter(Boolean).join(' by ')
  return `${robot} has no policy for ${what} (${policyName(task, robot, choice)}); it has ${others}; ${begun ? `${begun}, go on` : 'train it'} with: pnpm train ${task} --robot ${robot}${flags}${begun ? ' --resume' : ''}`
}
