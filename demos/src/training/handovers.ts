import { createRng } from '@skillweave/math'
import { createEnv } from '@skillweave/mdp'
import type { Robot } from '@skillweave/model'
import { createBatchPolicy } from '@skillweave/rl'
import { createSimulator } from '@skillweave/sim'
import {
  type HandoverState,
  type HoldWatch,
  handoverState,
  type TaskResources,
  taskByName,
} from '@skillweave/tasks'
import { loadPolicy } from '../policy-files.ts'
import { UserError } from '../user-error.ts'

const nEnvs = 128
/** Simulated at most for this many control steps. */
const longest = 2000

/**
 * States in which a policy holds a ball that it has picked up, 0.7 to 6 s after lifting it: where the next
 * skill takes over. From `ballplay-practice` episodes of the pick-up, deterministic. Throws when it picks
 * up hardly any ball.
 */
export async function gatherHandovers(
  policyName: string,
  robot: Robot,
  resources: TaskResources,
  { count = 800, seed = 1 } = {},
): Promise<HandoverState[]> {
  const policy = await createBatchPolicy(loadPolicy(policyName).onnx)
  const task = taskByName('ballplay-practice').create(robot, { ...resources, skill: 'pickUp' })
  const env = await createEnv({ task, robot, nEnvs, seed, createSimulator })
  const hold = env.command<HoldWatch>('hold')
  const rng = createRng(seed).fork('handovers')
  const draw = () => 21 + rng.integer(160)
  const takenAt = env.states.map(draw)
  const actions = new Float32Array(nEnvs * env.actionSize)
  const states: HandoverState[] = []
  for (let step = 0; step < longest && states.length < count; step++) {
    await policy.run(env.actorObs, actions, nEnvs)
    await env.step(actions)
    for (const s of env.states) {
      if (hold.liftedSteps[s.index] !== takenAt[s.index]) continue
      states.push(handoverState(s, 0))
      takenAt[s.index] = draw()
    }
  }
  env.dispose()
  await policy.dispose()
  if (states.length >= count / 4) return states
  throw new UserError(
    `${policyName} picked up ${states.length} balls in ${longest} steps of ${nEnvs} bodies; expected ${count / 4} or more`,
  )
}
