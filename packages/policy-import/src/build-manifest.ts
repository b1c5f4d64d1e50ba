import type { Robot } from '@skillweave/model'
import {
  manifestProblems,
  type ObservationTermInfo,
  type OnnxModel,
  type PolicyManifest,
  type SensedTermName,
  sensedTerm,
} from '@skillweave/policy'
import type { ForeignPolicy, ForeignTerm } from './foreign-policy.ts'

/** Names of other projects whose meaning is fixed there. */
const knownNames: Readonly<Record<ForeignPolicy['project'], Record<string, SensedTermName>>> = {
  unitree_rl_lab: {
    base_ang_vel: 'angVel_b',
    projected_gravity: 'gravity_b',
    velocity_commands: 'velocityCommand',
    joint_pos_rel: 'jointPos',
    joint_vel_rel: 'jointVel',
    last_action: 'lastAction',
    gait_phase: 'gaitPhase',
  },
  unitree_rl_gym: {
    ang_vel: 'angVel_b',
    gravity: 'gravity_b',
    cmd: 'velocityCommand',
    dof_pos: 'jointPos',
    dof_vel: 'jointVel',
    action: 'lastAction',
    phase: 'gaitPhase',
  },
  mjlab: {
    base_lin_vel: 'linVel_b',
    base_ang_vel: 'angVel_b',
    projected_gravity: 'gravity_b',
    joint_pos: 'jointPos',
    joint_vel: 'jointVel',
    actions: 'lastAction',
  },
  'Isaac Lab': {
    base_lin_vel: 'linVel_b',
    base_ang_vel: 'angVel_b',
    projected_gravity: 'gravity_b',
    joint_pos_rel: 'jointPos',
    joint_vel_rel: 'jointVel',
    last_action: 'lastAction',
  },
}

export interface ImportOptions {
  readonly name: string
  readonly robot: Robot
  readonly onnx: OnnxModel
  /** Meanings that the user states: name there → name of ours. They win over the known ones. */
  readonly meanings?: Readonly<Record<string, string>>
  /** What was typed, for the provenance. */
  readonly command: string
  /** File name → SHA-256 of its contents. */
  readonly files: Readonly<Record<string, string>>
}

/** A manifest for a foreign policy. Throws one error that lists everything that does not fit. */
export function buildManifest(foreign: ForeignPolicy, options: ImportOptions): PolicyManifest {
  const { robot, onnx, name } = options
  const problems = jointProblems(foreign, robot)
  const observation: ObservationTermInfo[] = []
  for (const term of foreign.terms) {
    try {
      observation.push(observationTerm(foreign, term, options.meanings ?? {}))
    } catch (error) {
      problems.push((error as Error).message)
    }
  }
  if (problems.length === 0) problems.push(...networkProblems(onnx, observation, foreign))
  if (problems.length > 0) throw new Error(`${name}:\n${problems.map((p) => `  ${p}`).join('\n')}`)

  const { joints } = foreign
  const names = joints.map((j) => j.name)
  const clips = joints.flatMap((j) => (j.clip ? [j.clip] : []))
  const manifest: PolicyManifest = {
    formatVersion: 1,
    name,
    robot: robot.name,
    task: observation.some((t) => t.name === 'velocityCommand') ? 'velocity' : 'imported',
    jointNames: names,
    observation,
    action: {
      kind: 'jointPosition',
      joints: names,
      scale: joints.map((j) => j.scale),
      offset: joints.map((j) => j.offset),
      ...(clips.length > 0 ? { clip: clips } : {}),
    },
    gains: {
      kp: joints.map((j) => j.kp),
      kd: joints.map((j) => j.kd),
      effort: names.map((n) => robot.effort[robot.model.dofNames.indexOf(n)]),
    },
    ...(foreign.state && foreign.state.length > 0 ? { state: foreign.state } : {}),
    controlDt_s: foreign.controlDt_s,
    physics: {},
    ...(foreign.velocityRanges ? { commands: { velocity: foreign.velocityRanges } } : {}),
    provenance: {
      command: options.command,
      seed: 0,
      samples: 0,
      minutes: 0,
      buildHash: 'imported',
      parents: [],
      importedFrom: { project: foreign.project, files: options.files },
    },
  }
  const wrong = manifestProblems(manifest)
  if (wrong.length > 0) throw new Error(`${name}:\n${wrong.map((p) => `  ${p}`).join('\n')}`)
  return manifest
}

function observationTerm(
  { project, joints }: ForeignPolicy,
  term: ForeignTerm,
  meanings: Readonly<Record<string, string>>,
): ObservationTermInfo {
  const known = knownNames[project]
  const ours = meanings[term.name] ?? known[term.name]
  if (ours === undefined) {
    throw new Error(
      `observation "${term.name}" of ${project} has no fixed meaning; known are ` +
        `${Object.keys(known).join(', ')}; say what it is with --term ${term.name}=<our term>`,
    )
  }
  const { numbers, params } = sensedTerm(ours)
  const frame = typeof numbers === 'number' ? numbers : joints.length
  const missing = params.filter((p) => term.params?.[p] === undefined)
  if (missing.length > 0) throw new Error(`observation "${term.name}" needs ${missing.join(', ')}`)
  return {
    name: ours,
    size: frame * term.history,
    scale: term.scale,
    history: term.history,
    ...(ours === 'jointPos' ? { offset: joints.map((j) => j.defaultPos) } : {}),
    ...(term.clip ? { clip: term.clip } : {}),
    ...(params.length > 0 ? { params: term.params as Record<string, number> } : {}),
  }
}

/** Joints that do not exist, gains that cannot be, poses out of reach, sides that differ. */
function jointProblems({ joints }: ForeignPolicy, robot: Robot): string[] {
  const problems: string[] = []
  const { dofNames } = robot.model
  const unknown = joints.filter((j) => !dofNames.includes(j.name)).map((j) => j.name)
  if (unknown.length > 0) {
    return [`${robot.name} has no ${unknown.join(', ')}; it has ${dofNames.join(', ')}`]
  }
  const twice = joints.filter((j, i) => joints.findIndex((k) => k.name === j.name) !== i)
  if (twice.length > 0) problems.push(`twice: ${twice.map((j) => j.name).join(', ')}`)
  const limits = new Map(robot.model.joints.map((j) => [j.name, j]))
  for (const { name, kp, kd, defaultPos, offset } of joints) {
    if (!(kp >= 0 && kd >= 0)) problems.push(`${name} has kp ${kp} and kd ${kd}, expected ≥ 0`)
    const joint = limits.get(name)
    if (!joint) continue
    for (const [what, value] of [
      ['default pose', defaultPos] as const,
      ['offset', offset] as const,
    ]) {
      if (value >= joint.lower[0] && value <= joint.upper[0]) continue
      problems.push(
        `${name}: ${what} ${value} is outside its limits ${joint.lower[0]} to ${joint.upper[0]}`,
      )
    }
  }
  return [...problems, ...sideProblems(joints, robot)]
}

/** Where left and right of a symmetric robot differ: the sign of a wrong joint order. */
function sideProblems(joints: ForeignPolicy['joints'], robot: Robot): string[] {
  const { mirror } = robot
  if (!mirror) return []
  const { dofNames } = robot.model
  const byName = new Map(joints.map((j) => [j.name, j]))
  return joints.flatMap((joint) => {
    const d = dofNames.indexOf(joint.name)
    const twin = byName.get(dofNames[mirror.dof[d]])
    if (!twin || mirror.dof[d] < d) return []
    const sign = mirror.sign[d]
    const differs = (['kp', 'kd', 'scale'] as const).filter((k) => !near(joint[k], twin[k]))
    const poses = (['defaultPos', 'offset'] as const).filter((k) => !near(joint[k], sign * twin[k]))
    return [...differs, ...poses].map(
      (k) =>
        `${k} of ${joint.name} is ${joint[k]} and of ${twin.name} ${twin[k]}, but ${robot.name} is ` +
        'symmetric: the joint order is probably wrong',
    )
  })
}

const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6

function networkProblems(
  { graph }: OnnxModel,
  observation: readonly ObservationTermInfo[],
  { joints, state = [] }: ForeignPolicy,
): string[] {
  const constants = new Set(graph.initializers.map((t) => t.name))
  const carried = new Set(state.map((s) => s.input))
  const inputs = graph.inputs.filter((v) => !constants.has(v.name) && !carried.has(v.name))
  const shape = (values: typeof inputs) =>
    values.map((v) => `${v.name} [${v.dims.join(', ')}]`).join(', ')
  const problems: string[] = []
  const size = observation.reduce((sum, t) => sum + t.size, 0)
  if (inputs.length !== 1 || inputs[0].name !== 'obs' || inputs[0].dims.at(-1) !== size) {
    const parts = observation.map((t) => `${t.name} ${t.size}`).join(' + ')
    problems.push(`the network takes ${shape(inputs)}, expected obs [1, ${size}] (${parts})`)
  }
  const actions = graph.outputs.find((v) => v.name === 'actions')
  if (actions?.dims.at(-1) !== joints.length) {
    problems.push(
      `the network gives ${shape([...graph.outputs])}, expected actions [1, ${joints.length}]`,
    )
  }
  return problems
}
