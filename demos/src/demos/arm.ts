import { createPolicyController } from '@skillweave/controllers'
import { createEnv } from '@skillweave/mdp'
import { robotByName } from '@skillweave/model'
import type { Vec3 } from '@skillweave/protocol'
import { createSimulator } from '@skillweave/sim'
import { type ReachTarget, reach } from '@skillweave/tasks'
import { withChance } from '../live/chance.ts'
import type { Demo } from '../live/session.ts'

/** A seven-joint arm follows a target with its hand. */
export const arm: Demo = {
  title: 'Arm',
  description: 'A seven-joint arm follows a target that you drag, with a trained reach policy.',
  hint: 'Drag the target and the hand goes there; drag the arm to disturb it.',
  policies: ['reach'],
  load: async (options, loadPolicy) => {
    const robot = robotByName('arm7')
    const task = withChance({ ...reach(robot), terminations: {} })
    const env = await createEnv({ task, robot, nEnvs: 1, seed: options.seed, createSimulator })
    const file = await loadPolicy(options.policy ?? 'reach')
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
