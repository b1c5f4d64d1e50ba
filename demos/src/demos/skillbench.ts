import { clamp } from '@skillweave/math'
import { createEnv } from '@skillweave/mdp'
import type { Unit, Vec3 } from '@skillweave/protocol'
import { createSimulator } from '@skillweave/sim'
import {
  type BenchCommand,
  type BenchName,
  benchEpisode_s,
  benchNames,
  benchTask,
  conditions,
  skillbench,
} from '@skillweave/tasks'
import {
  type ControllerSwitch,
  humanoidOf,
  loadControllers,
  titleOf,
} from '../humanoid-controllers.ts'
import { withChance } from '../live/chance.ts'
import type { Demo, DemoSession } from '../live/session.ts'
import { policyName } from '../policy-names.ts'

/** One SkillBench task by the controllers that were trained for it. */
const benchDemo = (name: BenchName): Demo => ({
  title: titleOf(name),
  description: `SkillBench: a humanoid that blends ${benchTask(name).skills.join(', ')} to ${benchTask(name).description}.`,
  hint: 'Drag the goal, push the robot, and set the weights of its skills by hand.',
  policies: [policyName(name, 'h1', { controller: 'blend' })],
  load: async (options, loadPolicy): Promise<DemoSession> => {
    const robot = humanoidOf(options)
    const base = skillbench(robot, name, conditions.watched)
    // Every link meets the floor and a fall ends nothing: one watches what happens.
    const task = withChance({
      ...base,
      physics: { ...base.physics, groundContact: 'all' as const },
      terminations: {},
    })
    const env = await createEnv({ task, robot, nEnvs: 1, seed: options.seed, createSimulator })
    const controllers = await loadControllers(env, options, loadPolicy)
    const command = () => env.command<BenchCommand>('goal')
    const state = () => env.states[0]
    const { threshold } = benchTask(name)
    const unit: Unit = name === 'cabinet-close' ? 'rad' : 'm'
    const episode = Math.round(benchEpisode_s(name, 'training') / task.controlDt_s)
    const counts = { goals: 1, reached: 0 }
    let isReached = false
    const nextGoal = (): void => {
      counts.goals++
      isReached = false
    }
    const listen = (): void => {
      command().onGoalEnd = nextGoal
    }
    listen()
    return {
      title: titleOf(name),
      description: `${robot.name}: ${benchTask(name).description}`,
      env,
      decide: controllers.decide,
      skills: controllers.skills,
      ...(controllers.skills.length > 0
        ? { blend: controllers.blend, goals: controllers.goals }
        : {}),
      controllers,
      ...steering(controllers),
      isOver: () => state().step >= episode,
      targets: command().goal.points.map((point, i) => ({
        name: point.name,
        where: (): Vec3 => {
          const { all, at } = command().goal.points[i]
          const o = at(state())
          return [all[o], all[o + 1], all[o + 2]]
        },
        place: (pos_w) => command().place(state(), command().goal.points[i], pos_w),
      })),
      signals: [
        { name: 'goal.error', unit, value: () => command().practicalError(state()) },
        { name: 'goal.reached', value: () => counts.reached },
      ],
      watch: (emit) => {
        const error = command().practicalError(state())
        if (isReached || error >= threshold) return
        isReached = true
        counts.reached++
        emit('target.reached', { target: name, distance_m: error })
      },
      counts: () => ({ ...counts }),
      reset: () => {
        nextGoal()
        listen()
      },
      save: () => ({ counts: { ...counts }, isReached, controllers: controllers.save() }),
      restore: (saved) => {
        const kept = saved as { counts: typeof counts; isReached: boolean; controllers: unknown }
        Object.assign(counts, kept.counts)
        isReached = kept.isReached
        controllers.restore(kept.controllers)
      },
    }
  },
})

/** A velocity that is asked for is the sub-goal of walking; how much it counts is the controller's or a hand's to say. */
function steering({ skills, goals }: ControllerSwitch): Pick<DemoSession, 'steer'> {
  const walking = skills.find((skill) => skill.name === 'walking')
  if (!walking) return {}
  return {
    steer: (velocity) => {
      const asked = velocity?.map((v, i) => {
        const [least, most] = walking.ranges?.[i] ?? [v, v]
        return [walking.goals[i], clamp(v, least, most)] as const
      })
      goals.override?.replace(walking.name, asked ? Object.fromEntries(asked) : null)
    },
  }
}

/** The eight tasks of SkillBench as demos. */
export const skillbenchDemos = Object.fromEntries(
  benchNames.map((name) => [name, benchDemo(name)]),
) as Record<BenchName, Demo>
