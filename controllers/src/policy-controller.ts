import type { Env } from '@skillweave/mdp'
import {
  createInterpreter,
  type Interpreter,
  type PolicyManifest,
  requireManifest,
} from '@skillweave/policy'

/** A policy in the control loop: synchronous, without allocation. */
export interface PolicyController {
  /** What every environment observes → actions. Throws when the policy's output is not finite. */
  decide(actions: Float32Array): void
  /** Its network, with everything it says besides actions; read it after `decide`. */
  readonly network: Interpreter
}

/**
 * Bind a policy to the task it is to act in. Throws, listing every difference, when the manifest does
 * not fit the robot, the observation or the action.
 */
export function createPolicyController(options: {
  readonly onnx: Uint8Array
  readonly manifest: PolicyManifest
  readonly env: Env
}): PolicyController {
  const { onnx, manifest, env } = options
  requireManifest(manifest, {
    robot: env.robot.name,
    task: env.task.name,
    jointNames: env.robot.model.dofNames,
    observation: env.actorTerms,
    actionSize: env.actionSize,
  })
  const net = createInterpreter(onnx, { maxRows: env.nEnvs })
  const observation = net.inputs.obs
  const output = net.outputs.actions
  return {
    network: net,
    decide: (actions) => {
      observation.set(env.actorObs)
      net.run(env.nEnvs)
      for (let i = 0; i < actions.length; i++) {
        if (!Number.isFinite(output[i])) {
          throw new Error(`policy ${manifest.name}: output ${i} is ${output[i]}`)
        }
        actions[i] = output[i]
      }
    },
  }
}
