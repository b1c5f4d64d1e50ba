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
  dispose(): void
}

const tick_ms = 15
/** A machine that cannot keep up with both shows it slower, rather than training slower. */
const stepsPerTick = 2

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
  let policy: ReturnType<typeof createInterpreter> | undefined
  let timer: ReturnType<typeof setInterval> | undefined
  let busy = false
  let isFirst = true
  let time_s = 0
  let due_ms = 0

  env.onControlStep = () => {
    time_s += dt_s
    writer.set(0, env.states[0])
    hub.publish(channel, writer.encode(time_s, isFirst ? 5 : 1))
    isFirst = false
  }
  const act = async (): Promise<void> => {
    if (!policy) return
    policy.inputs.obs.set(env.actorObs)
    policy.run(1)
    actions.set(policy.outputs.actions.subarray(0, actions.length))
    await env.step(actions)
  }
  const tick = async (): Promise<void> => {
    if (busy) return
    busy = true
    const action_ms = 1000 * dt_s * (env.task.holdSteps ?? 1)
    const now_ms = performance.now()
    if (due_ms < now_ms - 4 * action_ms) due_ms = now_ms
    for (let n = 0; n < stepsPerTick && due_ms <= now_ms; n++) {
      await act()
      due_ms += action_ms
    }
    busy = false
  }
  return {
    robot,
    async show(onnx) {
      const next = createInterpreter(onnx, { maxRows: 1 })
      clearInterval(timer)
      while (busy) await new Promise((r) => setTimeout(r, 1))
      await env.restart(seed)
      policy = next
      time_s = options.time_s()
      isFirst = true
      due_ms = performance.now()
      timer = setInterval(() => void tick(), tick_ms)
    },
    stop() {
      clearInterval(timer)
    },
    dispose() {
      clearInterval(timer)
      env.dispose()
    },
  }
}
