import { createRng } from '@skillweave/math'
import { createEnv, type Env } from '@skillweave/mdp'
import { dofCount, robotByName } from '@skillweave/model'
import { type OnnxModel, type PolicyManifest, readOnnx, writeOnnx } from '@skillweave/policy'
import { type ActorHead, skillHead, Tape } from '@skillweave/rl'
import { createSimulator } from '@skillweave/sim'
import {
  type BenchName,
  benchTask,
  bodySenseNames,
  conditions,
  type PrimitiveName,
  primitiveNames,
  primitives,
  priorLogits,
  skillbench,
} from '@skillweave/tasks'

/** A policy file as demos load it. */
export interface MadeUpPolicy {
  readonly name: string
  readonly path: string
  readonly onnx: Uint8Array
  readonly manifest: PolicyManifest
}

const weightsOf = {
  blend: 'perJoint',
  scalar: 'perSkill',
  choose: 'one',
  flat: undefined,
} as const

/**
 * A policy that nobody trained, by its name: `walking-h1`, `far-reach-h1-blend`. Small random weights: the robot
 * moves a little and soon falls, the same way every time.
 */
export async function madeUpPolicy(name: string): Promise<MadeUpPolicy> {
  const primitive = primitiveNames.find((p) => name.startsWith(`${p}-`))
  const robot = robotByName('h1')
  if (primitive) {
    const env = await createEnv({
      task: primitives[primitive].create(robot, conditions.watched),
      ...{ robot, nEnvs: 1, seed: 1, createSimulator },
    })
    return file(name, env, writeOnnx(network(name, env)))
  }
  const [, task, kind] = /^(.*)-h1-(\w+)$/.exec(name) ?? []
  const weights = weightsOf[kind as keyof typeof weightsOf]
  const env = await createEnv({
    task: skillbench(robot, task as BenchName, conditions.watched),
    ...{ robot, nEnvs: 1, seed: 1, createSimulator },
  })
  if (!weights) return file(name, env, writeOnnx(network(name, env)))
  const { skills } = benchTask(task as BenchName)
  const head = await headOf(env, skills, weights)
  return file(name, env, writeOnnx(network(name, env, head)), skills)
}

async function headOf(
  env: Env,
  skills: readonly PrimitiveName[],
  weights: 'perJoint' | 'perSkill' | 'one',
): Promise<ActorHead> {
  const bodySize = env.actorTerms
    .filter((term) => (bodySenseNames as readonly string[]).includes(term.name))
    .reduce((n, term) => n + term.size, 0)
  return skillHead({
    skills: await Promise.all(
      skills.map(async (name) => {
        const { min, max } = primitives[name].goalRange(env.robot)
        const { onnx } = await madeUpPolicy(`${name}-h1`)
        const model = readOnnx(onnx)
        return { name, model, goalMin: min, goalMax: max, prior: priorLogits(env.robot, name) }
      }),
    ),
    goalSize: env.actorSize - bodySize,
    bodySize,
    actionSize: env.actionSize,
    weights,
    normalisation: 'softmax',
  })
}

/** obs·W + b, and what a head makes of it. */
function network(name: string, env: Env, head?: ActorHead): OnnxModel {
  const size = head?.size ?? env.actionSize
  const rng = createRng(name)
  const tape = new Tape(name)
  const obs = tape.input('obs', ['N', env.actorSize])
  const weight = Float32Array.from({ length: env.actorSize * size }, () => 0.02 * rng.normal())
  const bias = Float32Array.from({ length: size }, (_, i) => head?.bias?.[i] ?? 0)
  const output = tape.gemm(
    obs,
    tape.constant(weight, [env.actorSize, size]),
    tape.constant(bias, [size]),
  )
  tape.output('actions', head ? head.build(tape, output, obs) : output)
  for (const [key, value] of Object.entries(head?.explain?.(tape, output, obs) ?? {})) {
    tape.output(key, value)
  }
  return tape.model()
}

function file(name: string, env: Env, onnx: Uint8Array, skills?: readonly string[]): MadeUpPolicy {
  const { robot, task } = env
  const n = dofCount(robot.model)
  const each = (value: number) => new Array<number>(n).fill(value)
  const manifest: PolicyManifest = {
    formatVersion: 1,
    name,
    robot: robot.name,
    task: task.name,
    jointNames: robot.model.dofNames,
    observation: env.actorTerms.map((term) => ({ ...term, scale: 1 })),
    action: {
      kind: 'jointTarget',
      joints: robot.model.dofNames,
      scale: each(0.25),
      offset: robot.qDefault,
    },
    gains: { kp: robot.kp, kd: robot.kd, effort: robot.effort },
    controlDt_s: task.controlDt_s,
    physics: {},
    ...(skills ? { skills } : {}),
    provenance: {
      command: 'made up by a test',
      seed: 1,
      samples: 0,
      minutes: 0,
      buildHash: 'test',
      parents: [],
    },
  }
  env.dispose()
  return { name, path: name, onnx, manifest }
}
