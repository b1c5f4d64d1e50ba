import type { Env } from '@skillweave/mdp'
import { createInterpreter } from '@skillweave/policy'
import {
  bodiesSpec,
  createBodiesWriter,
  describeObject,
  describeRobot,
  type RobotDescription,
} from '@skillweave/protocol'
import type { Hub } from '@skillweave/stream/hub'

/** One robot that acts by a policy as it once was, beside the training that goes on. */
export interface PolicyReplay {
  readonly robot: RobotDescription
  /** From now on by this policy, from the same start. */
  show(onnx: Uint8Array): Promise<void>
  stop(): void
  dispose(): Promise<void>
}

/** Further behind real time than this it does not try to catch up: training goes first. */
const behindMax_ms = 100

/** `env`: one robot of its own. `time_s`: where the run's time is, from which the replay's goes on. */
export function createPolicyReplay(
  hub: Hub,
  options: { readonly env: Env; readonly seed: number; readonly time_s: () => number },
): PolicyReplay {
  const { env, seed } = options
  const robot = describeRobot({ id: 'as-it-was', robot: env.robot })
  const objects = env.task.scene.objects.map(describeObject)
  const dt_s = env.task.controlDt_s
  const channel = hub.openChannel(bodiesSpec({ robot, objects, rate_hz: Math.round(1 / dt_s) }))
  const writer = createBodiesWriter(channel, robot)
  const actions = new Float32Array(env.actionSize)
  /** Which call of `show` is at work; a later one, or `stop`, ends it. */
  let turn = 0
  let running: Promise<void> = Promise.resolve()
  let isFirst = true
  let time_s = 0
  let due_ms = 0

  env.onControlStep = () => {
    time_s += dt_s
    writer.set(0, env.states[0])
    hub.publish(channel, writer.encode(time_s, isFirst ? 5 : 1))
    isFirst = false
    due_ms = Math.max(due_ms + 1000 * dt_s, performance.now() - behindMax_ms)
    return sleep(Math.max(0, due_ms - performance.now()))
  }
  const run = async (onnx: Uint8Array, mine: number): Promise<void> => {
    const policy = createInterpreter(onnx, { maxRows: 1 })
    await env.restart(seed)
    time_s = options.time_s()
    isFirst = true
    due_ms = performance.now()
    while (mine === turn) {
      policy.inputs.obs.set(env.actorObs)
      policy.run(1)
      actions.set(policy.outputs.actions.subarray(0, actions.length))
      await env.step(actions)
    }
  }
  return {
    robot,
    async show(onnx) {
      const mine = ++turn
      await running
      if (mine !== turn) return
      hub.notice(noticeId, 'error', '')
      // What goes wrong with an old policy must not end the training.
      running = run(onnx, mine).catch((error: Error) => {
        hub.notice(noticeId, 'error', `This policy cannot be shown: ${error.message}`)
      })
    },
    stop() {
      turn++
    },
    async dispose() {
      turn++
      await running
      env.dispose()
    },
  }
}

const noticeId = 'as-it-was'
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
