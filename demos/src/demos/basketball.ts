import { createPolicyController } from '@skillweave/controllers'
import { createEnv } from '@skillweave/mdp'
import { robotByName } from '@skillweave/model'
import type { SkillDescription, Vec3 } from '@skillweave/protocol'
import { createSimulator } from '@skillweave/sim'
import type { BlendAction } from '@skillweave/skills'
import {
  ballSkillByName,
  ballSkillNames,
  miniHoopHeight,
  type ShotTracker,
  scoring,
} from '@skillweave/tasks'
import { withChance } from '../live/chance.ts'
import type { Demo, DemoSession } from '../live/session.ts'
import { ballKind, defaultSkills, interpretedSkillSet } from '../skill-sets.ts'

/** Fetch the ball, dribble, shoot, again: a high-level controller blends trained ball skills. */
export const basketball: Demo = {
  title: 'Basketball',
  description:
    'A simulated player fetches a ball, dribbles and shoots, driven by trained policies.',
  hint: 'Drag the player to push it; Shift-drag moves the hoop.',
  policies: [defaultSkills('regulation'), 'scoring'],
  load: async (options, loadPolicy): Promise<DemoSession> => {
    const ball = ballKind(options.ball)
    const robot = robotByName('ballplayer')
    const skills = interpretedSkillSet(await loadPolicy(options.skills ?? defaultSkills(ball)))
    const hoopHeight = options.hoopHeight ?? miniHoopHeight
    const base = scoring(robot, { skills, ball, hoopHeight })
    // In the demo every link meets the floor and a fall ends nothing: one watches what happens.
    const task = withChance({
      ...base,
      physics: { ...base.physics, groundContact: 'all' as const },
      terminations: {},
    })
    const env = await createEnv({ task, robot, nEnvs: 1, seed: options.seed, createSimulator })
    const file = await loadPolicy(options.policy ?? 'scoring')
    const controller = createPolicyController({ ...file, env })
    const shots = () => env.command<ShotTracker>('goal')
    const counts = { attempts: 0, landings: 0, baskets: 0 }
    const aims = new Float64Array(2 * ballSkillNames.length)
    return {
      title: 'Basketball',
      description: basketball.description,
      env,
      decide: controller.decide,
      skills: ballSkillNames.map(
        (name, color): SkillDescription => ({
          name,
          title: ballSkillByName(name).title,
          color,
          goals: ['hoopX_m', 'hoopY_m'],
          marks: [{ kind: 'place', goals: ['hoopX_m', 'hoopY_m'] }],
        }),
      ),
      blend: () => env.action as BlendAction,
      // All skills see the same hoop; a shot aims at it, a dribble heads for it.
      goals: {
        now: () => {
          for (let i = 0; i < aims.length; i++) aims[i] = shots().target[i % 2]
          return aims
        },
      },
      targets: [
        {
          name: 'hoop',
          where: (): Vec3 => [shots().target[0], shots().target[1], 0],
          place: ([x, y]) => shots().place(env.states[0], x, y),
        },
      ],
      signals: [
        { name: 'score.attempts', value: () => counts.attempts },
        { name: 'score.landings', value: () => counts.landings },
        { name: 'score.baskets', value: () => counts.baskets },
      ],
      watch: (emit) => {
        const s = env.states[0]
        const t = shots()
        const pos_w: Vec3 = [s.objectPos_w[0], s.objectPos_w[1], s.objectPos_w[2]]
        if (t.shotNow[0] === 1) {
          counts.attempts++
          emit('shot', {
            object: 'ball',
            pos_w,
            linVel_w: [s.objectLinVel_w[0], s.objectLinVel_w[1], s.objectLinVel_w[2]],
          })
        }
        if (t.landedNow[0] === 1) {
          counts.landings++
          emit('target.reached', { target: 'hoop', distance_m: t.landingError[0] })
        }
        if (t.basketNow[0] === 1) {
          counts.baskets++
          const distance_m = Math.hypot(s.linkPos_w[0] - t.target[0], s.linkPos_w[1] - t.target[1])
          emit('basket', { object: 'ball', target: 'hoop', made: true, distance_m })
        }
      },
      counts: () => ({ ...counts }),
      reset: () => {},
      save: () => ({ ...counts }),
      restore: (saved) => {
        Object.assign(counts, saved)
      },
    }
  },
}
