import { createInterpreter, expertsOf, type OnnxModel, readOnnx } from '@skillweave/policy'
import { expertNetwork, type SkillNetwork, type SkillSet } from '@skillweave/skills'
import {
  type BallKind,
  ballSkillNames,
  ballSkillSenses,
  balls,
  type TaskName,
} from '@skillweave/tasks'
import type { PolicyFile } from './policy-files.ts'
import { UserError } from './user-error.ts'

/** The ball by its name on the command line. */
export function ballKind(name = 'regulation'): BallKind {
  if (name in balls) return name as BallKind
  throw new UserError(`no ball "${name}"; there are ${Object.keys(balls).join(', ')}`)
}

export const defaultSkills = (ball: BallKind): string => `ballplay-${ball}`

/** Tasks whose policies are ball skills. */
const skillTasks: readonly string[] = [
  'ballplay',
  'ballplay-practice',
  'ballplay-student',
] satisfies TaskName[]

/** The ball skills of a policy file as a set to blend, run by `network`. */
export function skillSet({ name, manifest }: PolicyFile, network: SkillNetwork): SkillSet {
  if (!skillTasks.includes(manifest.task)) {
    throw new UserError(
      `policy ${name} was trained for "${manifest.task}", expected ${skillTasks.join(' or ')}`,
    )
  }
  return {
    names: ballSkillNames,
    senses: ballSkillSenses,
    scale: manifest.action.scale[0],
    network,
  }
}

/** The networks of a ball-skill policy: one per label when it was joined of such, else one for all labels. */
export function skillNetworks(onnx: Uint8Array): readonly OnnxModel[] {
  const model = readOnnx(onnx)
  const experts = expertsOf(model)
  return experts.length > 0 ? experts.map((e) => e.model) : [model]
}

/** Synchronous and without native code: the same bits on a server and in a browser tab. */
export function interpretedSkillSet(file: PolicyFile): SkillSet {
  return skillSet(file, expertNetwork(skillNetworks(file.onnx).map(interpretedNetwork)))
}

function interpretedNetwork(model: OnnxModel): SkillNetwork {
  const rows = ballSkillNames.length
  const net = createInterpreter(model, { maxRows: rows })
  const inputSize = net.sizeOf('obs')
  const outputSize = net.sizeOf('actions')
  return {
    inputSize,
    outputSize,
    run: (input, output, n) => {
      if (n > rows) throw new Error(`this network runs at most ${rows} rows, not ${n}`)
      net.inputs.obs.set(input.subarray(0, n * inputSize))
      net.run(n)
      output.set(net.outputs.actions.subarray(0, n * outputSize))
    },
  }
}
