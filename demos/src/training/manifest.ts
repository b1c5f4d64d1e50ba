import { execFileSync } from 'node:child_process'
import { type ActionScale, type Env, jointScales } from '@skillweave/mdp'
import type { PolicyManifest, PolicyProvenance } from '@skillweave/policy'

/** What a trained policy says about itself. `skills`: those written into it. */
export function manifestOf(
  env: Env,
  name: string,
  provenance: PolicyProvenance,
  skills: readonly string[] = [],
): PolicyManifest {
  const { robot, task, simulator } = env
  const params = task.action.params as {
    scale?: ActionScale
    joints?: readonly string[]
    skills?: readonly string[]
    sharpness?: number
  }
  const jointInterface = (kind: string): Pick<PolicyManifest, 'action' | 'gains'> => {
    const joints = params.joints ?? robot.model.dofNames
    const dofs = joints.map((j) => robot.model.dofNames.indexOf(j))
    const scales = jointScales(robot, params.scale ?? 1)
    return {
      action: {
        kind,
        joints,
        scale: dofs.map((d) => scales[d]),
        offset: dofs.map((d) => robot.qDefault[d]),
      },
      gains: {
        kp: dofs.map((d) => simulator.gains.kp[d]),
        kd: dofs.map((d) => simulator.gains.kd[d]),
        effort: dofs.map((d) => simulator.gains.effort[d]),
      },
    }
  }
  return {
    formatVersion: 1,
    name,
    robot: robot.name,
    task: task.name,
    jointNames: robot.model.dofNames,
    observation: env.actorTerms.map((t) => ({ ...t, scale: 1 })),
    ...(params.skills
      ? blendInterface(task.action.name, params.skills, params.sharpness ?? 1)
      : jointInterface(task.action.name)),
    controlDt_s: task.controlDt_s * (task.holdSteps ?? 1),
    physics: {
      dt_s: task.controlDt_s / task.decimation,
      solverIterations: task.physics.solverIterations,
      pgsIterations: task.physics.pgsIterations,
    },
    ...(params.skills ? { skills: params.skills } : skills.length > 0 ? { skills } : {}),
    provenance,
  }
}

/** A blend acts on skills, one logit each; the joints and their gains are the skills' own. */
function blendInterface(
  kind: string,
  skills: readonly string[],
  sharpness: number,
): Pick<PolicyManifest, 'action' | 'gains'> {
  const zeros = skills.map(() => 0)
  return {
    action: { kind, joints: skills, scale: skills.map(() => sharpness), offset: zeros },
    gains: { kp: zeros, kd: zeros, effort: zeros },
  }
}

/** Commit of the sources, with `+` when they have been changed since; `unknown` outside a checkout. */
export function buildHash(): string {
  try {
    const git = (...args: string[]) =>
      execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    const dirty = git('status', '--porcelain', '--untracked-files=no') !== ''
    return git('rev-parse', '--short=12', 'HEAD') + (dirty ? '+' : '')
  } catch {
    return 'unknown'
  }
}
