import { robotByName } from '@skillweave/model'
import { benchPhysics, type PhysicsResult } from '../bench/physics.ts'
import { benchPolicy, type PolicyResult } from '../bench/policy.ts'
import { benchTab } from '../bench/tab.ts'
import { benchTraining, type TrainingResult } from '../bench/training.ts'
import { benchViewer } from '../bench/viewer.ts'
import { demos } from '../demos.ts'
import { UserError } from '../user-error.ts'

export interface BenchOptions {
  /** Measurements of each kind; the median counts. */
  readonly rounds: number
  readonly envs: number
  /** How long the page's heap is watched. */
  readonly minutes: number
  /** Watch it for half an hour, whatever `minutes` says. */
  readonly soak?: boolean
  readonly json?: boolean
}

interface BenchResult {
  readonly physics: PhysicsResult
  readonly training: TrainingResult
  readonly policy: PolicyResult
}

/** `bench`: speed and accuracy as ratios, which say the same on a slow machine as on a fast one. */
export async function bench(what: string, options: BenchOptions): Promise<void> {
  if (what === 'viewer') return benchPage(options)
  if (what === 'tab') return benchDemosInTab(options)
  if (what !== 'all') throw new UserError(`no bench "${what}"; there are all, viewer and tab`)
  const { rounds, envs: nEnvs } = options
  const robot = robotByName('h1')
  const say = (text: string) => process.stderr.write(`${text}\n`)
  say(`physics of ${robot.name}, ${nEnvs} robots in one world, against MuJoCo …`)
  const physics = await benchPhysics(robot, { rounds, nEnvs })
  say('training …')
  const training = await benchTraining(robot, { rounds, nEnvs })
  say('policy …')
  const policy = benchPolicy({ runs: 2000 * rounds })
  const result: BenchResult = { physics, training, policy }
  process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : report(result))
}

const soak_min = 30

/** `bench viewer`: the page in a browser. */
async function benchPage(options: BenchOptions): Promise<void> {
  const result = await benchViewer({ minutes: options.soak ? soak_min : options.minutes })
  if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`)
  else {
    for (const [name, value] of Object.entries(result)) {
      process.stdout.write(`${name.padEnd(14)} ${value.toFixed(2)}\n`)
    }
  }
}

/** `bench tab`: every demo without a server. */
async function benchDemosInTab({ json }: BenchOptions): Promise<void> {
  const results = await benchTab(demos, (text) => process.stderr.write(`${text}\n`))
  if (json) process.stdout.write(`${JSON.stringify(results)}\n`)
  else {
    for (const [name, r] of Object.entries(results)) {
      if (!r) continue
      const core = r.isOneCore ? 'on one core' : 'on all cores'
      const same = r.isSame ? 'the same bits as' : 'OTHER bits than'
      process.stdout.write(
        `${name.padEnd(14)} ${r.realTimeFactor.toFixed(2)} × real time ${core}; after ${r.seconds} s ${same} on a server\n`,
      )
    }
  }
}

function report({ physics, training, policy }: BenchResult): string {
  const row = (what: string, value: string) => `  ${what.padEnd(44)} ${value}\n`
  const share = (x: number) => `${(100 * x).toFixed(0)} %`
  const rad = (x: number) => `${x.toFixed(4)} rad`
  return [
    'physics (H1, 50 Hz control, per core; MuJoCo at 200 Hz = 1)\n',
    ...physics.settings.map((s) =>
      row(s.setting, `${s.ratioToMujoco.toFixed(2)} × MuJoCo, tracks within ${rad(s.trackingRms)}`),
    ),
    row('MuJoCo, implicitfast, 200 Hz', `tracks within ${rad(physics.trackingRmsMujoco)}`),
    row(
      `as accurate as MuJoCo: ${physics.setting}`,
      `${physics.ratioToMujoco.toFixed(2)} × MuJoCo`,
    ),
    'training (PPO, standing H1)\n',
    row('samples per second', training.samplesPerSecond.toFixed(0)),
    row('of what the simulator alone steps', share(training.ratioToWorldStep)),
    row('spent on learning', share(training.learnerShare)),
    row('two workers over one', training.twoWorkersRatio.toFixed(2)),
    `policy (${policy.network})\n`,
    row('one action: median', `${policy.p50_ms.toFixed(3)} ms`),
    row('one action: 99th percentile', `${policy.p99_ms.toFixed(3)} ms`),
  ].join('')
}
