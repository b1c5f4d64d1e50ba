import { createRng } from '@skillweave/math'
import {
  createEnv,
  type Env,
  type EnvState,
  fallen,
  type MotionReference,
  timeOut,
} from '@skillweave/mdp'
import { createBatchPolicy } from '@skillweave/rl'
import { createSimulator } from '@skillweave/sim'
import {
  ballplay,
  ballRadius,
  ballSkillByName,
  ballSkillNames,
  DribbleWatch,
  taskByName,
} from '@skillweave/tasks'
import { loadPolicy, saveEvaluation } from '../policy-files.ts'
import { ballKind, defaultSkills, taskResources } from '../task-resources.ts'
import { UserError } from '../user-error.ts'
import { wilson } from '../wilson.ts'

export interface EvaluateBallplayOptions {
  readonly episodes: number
  readonly ball?: string
  readonly policy?: string
  readonly seed: number
  readonly data?: string
  /** Write the result into the policy's manifest. */
  readonly card?: boolean
  readonly json?: boolean
}

/** Seconds a dribble must go on, and the time given to the other skills. */
const duration_s = 10

/**
 * `evaluate ballplay`: each skill from reference states of its own, judged as SkillMimic-V2 does
 * (docs/ballplay.md), deterministic policy, no help.
 */
export async function evaluateBallplay(options: EvaluateBallplayOptions): Promise<void> {
  const ball = ballKind(options.ball)
  const policyName = options.policy ?? defaultSkills(ball)
  const { onnx, manifest } = loadPolicy(policyName)
  const { robot, resources } = await taskResources(taskByName('ballplay'), {
    ...(options.data ? { data: options.data } : {}),
    ball,
    native: true,
  })
  if (manifest.robot !== robot.name) {
    throw new UserError(`policy for ${manifest.robot}, expected ${robot.name}`)
  }
  const policy = await createBatchPolicy(onnx)
  const skills: Record<string, ReturnType<typeof wilson>> = {}
  for (const skill of ballSkillNames) {
    const motions = resources.motions([skill])
    const others = resources.motions(ballSkillNames.filter((s) => s !== skill))
    const full = ballplay(robot, { motions: [...motions, ...others], ball, noisy: 0 })
    const task = {
      ...full,
      observations: { actor: full.observations.actor },
      terminations: {
        fallen: fallen({ below: 0.5 }),
        timeOut: timeOut({ after_s: duration_s + 1 }),
      },
    }
    const nEnvs = Math.min(options.episodes, 128)
    let passed = 0
    let done = 0
    while (done < options.episodes) {
      const env = await createEnv({
        task,
        robot,
        nEnvs,
        seed: options.seed + done,
        createSimulator,
      })
      if (env.actorSize !== policy.obsSize) {
        throw new UserError(
          `the policy observes ${policy.obsSize} numbers, the task gives ${env.actorSize}`,
        )
      }
      const reference = env.command<MotionReference>('reference')
      const rng = createRng(options.seed + done).fork('starts')
      const judges = env.states.map((s) => {
        const clip = rng.integer(motions.length)
        const motion = motions[clip]
        const last = motion.loop ? motion.nFrames - 1 : lastUsefulStart(skill, motion)
        reference.forced = { clip, frame: rng.integer(last) }
        env.resetEnv(s.index)
        if (skill === 'pickUp') dropBall(s, rng.range(0.5, 3), rng.range(-Math.PI, Math.PI))
        env.refresh(s.index)
        return createJudge(skill, env, s, motion)
      })
      function dropBall(s: EnvState, distance: number, angle: number): void {
        const x = s.linkPos_w[0] + distance * Math.cos(angle)
        const y = s.linkPos_w[1] + distance * Math.sin(angle)
        env.simulator.placeObject(s.index, 0, [x, y, ballRadius])
      }
      const actions = new Float32Array(nEnvs * env.actionSize)
      const live = new Set(env.states)
      for (let step = 0; step < duration_s * 30; step++) {
        await policy.run(env.actorObs, actions, nEnvs)
        await env.step(actions)
        for (const s of live) {
          // An ended environment has been reset: it fell.
          if (env.terminated[s.index] === 1) {
            judges[s.index].fell()
            live.delete(s)
          } else judges[s.index].watch(s, step / 30)
        }
      }
      const counted = Math.min(nEnvs, options.episodes - done)
      for (let e = 0; e < counted; e++) if (judges[e].passed()) passed++
      done += counted
      env.dispose()
    }
    skills[skill] = wilson(passed, done)
    const { success, low, high } = skills[skill]
    const percent = (x: number) => (100 * x).toFixed(1)
    process.stderr.write(
      `${ballSkillByName(skill).title.padEnd(16)} ${percent(success)} % (${percent(low)}–${percent(high)})\n`,
    )
  }
  await policy.dispose()
  const mean = Object.values(skills).reduce((n, s) => n + s.success, 0) / ballSkillNames.length
  process.stderr.write(`mean ${(100 * mean).toFixed(1)} %\n`)
  if (options.card) {
    const results = Object.fromEntries(
      Object.entries(skills).map(([skill, s]) => [`${skill}_success`, s.success]),
    )
    saveEvaluation(policyName, {
      command: `pnpm evaluate ballplay --episodes ${options.episodes} --ball ${ball} --seed ${options.seed}`,
      results: { ...results, mean_success: mean },
    })
  }
  if (options.json) {
    const result = { ball, episodes: options.episodes, seed: options.seed, mean, skills }
    process.stdout.write(`${JSON.stringify(result)}\n`)
  }
}

interface Motion {
  readonly nFrames: number
  readonly objectPos_w: Float64Array
  readonly contact: Float64Array
}

/** A shot can only be judged from before its release; a pick-up from before the ball is held. */
function lastUsefulStart(skill: string, motion: Motion): number {
  let peak = 0
  for (let t = 0; t < motion.nFrames; t++) {
    if (motion.objectPos_w[3 * t + 2] > motion.objectPos_w[3 * peak + 2]) peak = t
  }
  if (skill === 'pickUp') {
    let t = 0
    while (t < motion.nFrames - 4 && motion.objectPos_w[3 * t + 2] < 0.3) t++
    return Math.max(1, t)
  }
  let release = peak
  while (release > 1 && motion.contact[2 * release] + motion.contact[2 * release + 1] < 1) release--
  return Math.max(1, release - 3)
}

interface Judge {
  watch(s: EnvState, time_s: number): void
  fell(): void
  passed(): boolean
}

function createJudge(skill: string, env: Env, start: EnvState, motion: Motion): Judge {
  if (skill === 'pickUp') return pickUpJudge()
  if (skill === 'shot') return shotJudge(motion)
  if (skill.startsWith('dribble')) return dribbleJudge(env, start)
  throw new Error(`no judge for the skill "${skill}"`)
}

/** The dribble goes on for the whole time. */
function dribbleJudge(env: Env, start: EnvState): Judge {
  const watch = new DribbleWatch({ nEnvs: env.nEnvs, scene: env.task.scene, controlDt_s: 1 / 30 })
  watch.reset(start)
  let fell = false
  return {
    watch: (s) => watch.step(s),
    fell: () => {
      fell = true
    },
    passed: () => !fell && watch.lost[start.index] === 0,
  }
}

/** The ball stays within 0.5 m of the pelvis for more than 1 s. */
function pickUpJudge(): Judge {
  let held = 0
  let ok = false
  return {
    watch: (s) => {
      const d = Math.hypot(
        s.objectPos_w[0] - s.linkPos_w[0],
        s.objectPos_w[1] - s.linkPos_w[1],
        s.objectPos_w[2] - s.linkPos_w[2],
      )
      held = d < 0.5 ? held + 1 : 0
      if (held > 30) ok = true
    },
    fell: () => {},
    passed: () => ok,
  }
}

/** The ball's greatest height is within 0.2 m of the clip's, and the body upright 2 s later. */
function shotJudge(motion: Motion): Judge {
  let wanted = 0
  for (let t = 0; t < motion.nFrames; t++) {
    wanted = Math.max(wanted, motion.objectPos_w[3 * t + 2])
  }
  let highest = 0
  let highestAt = 0
  let fellAt = Number.POSITIVE_INFINITY
  let now = 0
  return {
    watch: (s, time) => {
      now = time
      if (s.objectPos_w[2] > highest) {
        highest = s.objectPos_w[2]
        highestAt = time
      }
    },
    fell: () => {
      fellAt = now
    },
    passed: () => Math.abs(highest - wanted) < 0.2 && fellAt > highestAt + 2,
  }
}
