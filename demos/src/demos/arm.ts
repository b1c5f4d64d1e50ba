import { createPolicyController } from '@skillweave/controllers'
import { createEnv } from '@skillweave/mdp'
import { robotByName } from '@skillweave/model'
import type { Vec3 } from '@skillweave/protocol'
import { createSimulator } from '@skillweave/sim'
import { type ReachTarget, reach } from '@skillweave/tasks'
import type { Demo } from '../live/session.ts'
import { loadPolicy } from '../policy-files.ts'

/** A seven-joint arm follows a target with its hand. */
export const arm: Demo = {
  title: 'Arm',
  description: 'A seven-joint arm follows a target that you drag, with a trained reach policy.',
  load: async (options) => {
    const robot = robotByName('arm7')
    const task = { ...reach(robot), terminations: {} }
    const env = await createEnv({ task, robot, nEnvs: 1, seed: options.seed, createSimulator })
    const file = loadPolicy(options.policy ?? 'reach')
    const controller = createPolicyController({ ...file, env })
    const target = () => env.command<ReachTarget>('target')
    return {
      title: 'Arm',
      description: arm.description,
      env,
      decide: controller.decide,
      skills: [],
      targets: [
        {
          name: 'target',
          where: (): Vec3 => {
            const [x, y, z] = target().position
            return [x, y, z]
          },
          place: ([x, y, z]) => {
            // From now on the target is the user's.
            target().held = true
            target().place(env.states[0], x, y, z)
          },
        },
      ],
      signals: [],
      watch: () => {},
      counts: () => ({}),
      reset: () => {},
    }
  },
}
