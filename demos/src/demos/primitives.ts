import { createPolicyController } from '@skillweave/controllers'
import { clamp } from '@skillweave/math'
import {
  createEnv,
  type DrawnCommand,
  type Env,
  type HeightCommand,
  type SiteTargets,
  type VelocityCommand,
} from '@skillweave/mdp'
import type { Vec3 } from '@skillweave/protocol'
import { createSimulator } from '@skillweave/sim'
import { conditions, type PrimitiveName, primitiveNames, primitives } from '@skillweave/tasks'
import { humanoidOf, humanoidPolicy, titleOf } from '../humanoid-controllers.ts'
import { withChance } from '../live/chance.ts'
import type { Demo, DemoSession } from '../live/session.ts'
import { policyName } from '../policy-names.ts'

/** What can be asked of a primitive by hand. */
type Asking = Pick<DemoSession, 'targets' | 'signals' | 'steer'>

const hints: Readonly<Record<PrimitiveName, string>> = {
  walking: 'W A S D and Q E, or a gamepad, say where to go; drag the robot to push it.',
  reaching: 'Drag a target and that hand goes there; drag the robot to push it.',
  squatting: 'Drag the target up and down; drag the robot to push it.',
  stepping: 'Drag a target and that foot goes there; drag the robot to push it.',
}

/** A primitive skill alone, with goals drawn as in training until somebody sets one. */
const primitiveDemo = (name: PrimitiveName): Demo => ({
  title: titleOf(name),
  description: `A humanoid's skill: ${primitives[name].description}.`,
  hint: hints[name],
  policies: [policyName(name, 'h1')],
  load: async (options, loadPolicy): Promise<DemoSession> => {
    const robot = humanoidOf(options)
    const base = primitives[name].create(robot, conditions.watched)
    const task = withChance({
      ...base,
      physics: { ...base.physics, groundContact: 'all' as const },
      terminations: {},
    })
    const env = await createEnv({ task, robot, nEnvs: 1, seed: options.seed, createSimulator })
    const file = await humanoidPolicy(name, options, loadPolicy)
    const controller = createPolicyController({ ...file, env })
    return {
      title: titleOf(name),
      description: `${robot.name}: ${primitives[name].description}`,
      env,
      decide: controller.decide,
      skills: [],
      ...asking[name](env),
      watch: () => {},
      counts: () => ({}),
      reset: () => {
        env.command<DrawnCommand>('goal').held = false
      },
    }
  },
})

/** From now on what is asked for is the user's. */
function ask(command: DrawnCommand, env: Env, values: ArrayLike<number>): void {
  command.held = true
  command.set(env.states[0], values)
}

function askVelocity(env: Env): Asking {
  const command = () => env.command<VelocityCommand>('goal')
  const { min, max } = primitives.walking.goalRange(env.robot)
  return {
    targets: [],
    steer: (velocity) => {
      const asked = (velocity ?? [0, 0, 0]).map((v, i) => clamp(v, min[i], max[i]))
      ask(command(), env, asked)
    },
    signals: primitives.walking.goals.map((goal, i) => ({
      name: `goal.${goal}`,
      unit: goal.endsWith('_mps') ? ('m/s' as const) : ('rad/s' as const),
      value: () => command().all[command().at(env.states[0]) + i],
    })),
  }
}

function askSites(env: Env): Asking {
  const command = () => env.command<SiteTargets>('goal')
  const row = () => {
    const o = command().at(env.states[0])
    return command().all.slice(o, o + command().size)
  }
  const distance = (i: number) => {
    const e = command().error(env.states[0])
    return Math.hypot(e[3 * i], e[3 * i + 1], e[3 * i + 2])
  }
  return {
    targets: command().sites.map((name, i) => ({
      name,
      where: (): Vec3 => {
        const at = row()
        return [at[3 * i], at[3 * i + 1], at[3 * i + 2]]
      },
      place: (pos_w) => {
        const at = row()
        at.set(pos_w, 3 * i)
        ask(command(), env, at)
      },
    })),
    signals: command().sites.map((name, i) => ({
      name: `error.${name}`,
      unit: 'm' as const,
      value: () => distance(i),
    })),
  }
}

function askHeight(env: Env): Asking {
  const command = () => env.command<HeightCommand>('goal')
  const state = () => env.states[0]
  return {
    targets: [
      {
        name: 'height',
        where: (): Vec3 => {
          const [x, y] = state().linkPos_w
          return [x, y, command().all[command().at(state())]]
        },
        place: ([, , z]) => {
          const [least, most] = command().range
          ask(command(), env, [clamp(z, least, most)])
        },
      },
    ],
    signals: [{ name: 'error.height', unit: 'm', value: () => command().error(state()) }],
  }
}

const asking: Readonly<Record<PrimitiveName, (env: Env) => Asking>> = {
  walking: askVelocity,
  reaching: askSites,
  squatting: askHeight,
  stepping: askSites,
}

/** The primitive skills as demos. */
export const primitiveDemos = Object.fromEntries(
  primitiveNames.map((name) => [name, primitiveDemo(name)]),
) as Record<PrimitiveName, Demo>
