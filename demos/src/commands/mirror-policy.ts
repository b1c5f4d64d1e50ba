import { createEnv } from '@skillweave/mdp'
import { mirrorPolicy, readOnnx, writeOnnx } from '@skillweave/policy'
import { createSimulator } from '@skillweave/sim'
import { taskByName } from '@skillweave/tasks'
import { loadPolicy, savePolicy } from '../policy-files.ts'
import { taskResources } from '../task-resources.ts'
import { UserError } from '../user-error.ts'

export interface MirrorPolicyOptions {
  readonly out: string
  readonly data?: string
}

/**
 * `policy mirror`: what a policy does with the right hand, done with the left. For robots and tasks that say how
 * they look in a mirror; a skill becomes its twin (dribble right → dribble left).
 */
export async function mirrorPolicyCommand(
  name: string,
  options: MirrorPolicyOptions,
): Promise<void> {
  const { onnx, manifest } = loadPolicy(name)
  // What was measured was measured on the other side.
  const { evaluation: _, ...rest } = manifest
  const { robot, resources } = await taskResources(taskByName(manifest.task), {
    ...(options.data ? { data: options.data } : {}),
    native: false,
  })
  const task = taskByName(manifest.task).create(robot, resources)
  const env = await createEnv({
    task: { ...task, symmetric: true, observations: { actor: task.observations.actor } },
    robot,
    nEnvs: 1,
    seed: 1,
    createSimulator,
  })
  const { symmetry } = env
  env.dispose()
  if (!symmetry) throw new UserError(`task ${manifest.task} does not say how it looks in a mirror`)
  const mirrored = mirrorPolicy(readOnnx(onnx), symmetry.actor, symmetry.action)
  savePolicy(options.out, 'policy', writeOnnx(mirrored), {
    ...rest,
    name: `${manifest.name}-mirrored`,
    provenance: {
      ...manifest.provenance,
      command: `pnpm policy mirror ${name} --out ${options.out}`,
      parents: [name],
    },
  })
  process.stderr.write(`the mirror image of ${name} is in ${options.out}\n`)
}
