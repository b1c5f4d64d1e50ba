import { isDeepStrictEqual } from 'node:util'
import { joinPolicies, readOnnx, writeOnnx } from '@skillweave/policy'
import { ballSkillNames } from '@skillweave/tasks'
import { loadPolicy, savePolicy } from '../policy-files.ts'
import { ballKind } from '../skill-sets.ts'
import { buildHash } from '../training/manifest.ts'
import { teacherOf } from '../training/recipe.ts'
import { UserError } from '../user-error.ts'

export interface JoinPoliciesOptions {
  readonly ball: string
  /** Names or paths, with SKILL for the skill; default what `train ballplay` learns from. */
  readonly skills?: string
  readonly out: string
}

/**
 * `policy join`: a policy for each ball skill as one policy with an expert per label. They must have been made for the same robot,
 * senses and joints.
 */
export function joinPoliciesCommand({ ball, skills, out }: JoinPoliciesOptions): void {
  if (skills !== undefined && !skills.includes('SKILL')) {
    throw new UserError(`"${skills}" does not say SKILL where the name of the skill stands`)
  }
  const options = { ball: ballKind(ball), ...(skills ? { teachers: skills } : {}) }
  const files = ballSkillNames.map((skill) => loadPolicy(teacherOf('ballplay', skill, options)))
  const [{ manifest: first }] = files
  for (const { name, manifest } of files) {
    const differing = interfaceKeys.filter((key) => !isDeepStrictEqual(manifest[key], first[key]))
    if (differing.length > 0) {
      throw new UserError(
        `${name} and ${files[0].name} cannot be one policy: they differ in ${differing.join(', ')}`,
      )
    }
  }
  const label = first.observation.at(-1)
  if (label?.name !== 'skill' || label.size !== ballSkillNames.length) {
    throw new UserError(
      `${files[0].name} ends its observation with ${label?.name} (${label?.size}), expected the label of a ball skill (${ballSkillNames.length})`,
    )
  }
  const labelAt = first.observation.reduce((sum, term) => sum + term.size, -label.size)
  const experts = files.map(({ onnx }, k) => ({ name: ballSkillNames[k], model: readOnnx(onnx) }))
  const total = (key: 'samples' | 'minutes') =>
    files.reduce((sum, { manifest }) => sum + manifest.provenance[key], 0)
  const { evaluation: _, ...rest } = first
  savePolicy(out, 'policy', writeOnnx(joinPolicies(experts, labelAt)), {
    ...rest,
    name: 'ballplay',
    task: 'ballplay',
    provenance: {
      command: `pnpm policy join --ball ${ball}${skills ? ` --skills "${skills}"` : ''} --out ${out}`,
      seed: first.provenance.seed,
      samples: total('samples'),
      minutes: total('minutes'),
      buildHash: buildHash(),
      parents: files.map((f) => f.name),
    },
  })
  process.stderr.write(`${files.map((f) => f.name).join(', ')} are one policy in ${out}\n`)
}

/** What must be equal in policies that are to be one. */
const interfaceKeys = [
  'robot',
  'jointNames',
  'observation',
  'action',
  'gains',
  'controlDt_s',
  'physics',
] as const
