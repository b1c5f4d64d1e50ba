import { loadPolicy, saveEvaluation } from '../policy-files.ts'
import { findRobot } from '../task-resources.ts'
import { engineName } from '../transfer/engines.ts'
import { velocityTrial } from '../transfer/velocity-trial.ts'

export interface EvaluateVelocityOptions {
  readonly policy: string
  readonly engine: string
  readonly episodes: number
  readonly seconds: number
  readonly speed: number
  readonly push: number
  readonly seed: number
  readonly card?: boolean
  readonly json?: boolean
}

/** `evaluate velocity`: walk forward at a commanded speed while being pushed every 5 s. */
export async function evaluateVelocity(options: EvaluateVelocityOptions): Promise<void> {
  const engine = engineName(options.engine)
  const file = loadPolicy(options.policy)
  const robot = findRobot(file.manifest.robot)
  const { episodes, metrics, torque, contact } = await velocityTrial(robot, file, {
    engine,
    episodes: options.episodes,
    episode_s: options.seconds,
    velocity: [options.speed, 0, 0],
    push: options.push,
    pushEvery_s: 5,
    seed: options.seed,
  })
  const result = { policy: file.manifest.name, robot: robot.name, engine, episodes, ...metrics }
  process.stderr.write(
    `${engine}: ${metrics.falls} falls in ${episodes} episodes of ${options.seconds} s, velocity error ${metrics.velocityError_mps.toFixed(3)} m/s\n`,
  )
  if (options.card) {
    saveEvaluation(options.policy, {
      command: `pnpm evaluate velocity --policy ${file.manifest.name} --engine ${engine} --episodes ${episodes} --speed ${options.speed} --push ${options.push} --seed ${options.seed}`,
      results: metrics,
    })
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ ...result, torque, contact })}\n`)
}
