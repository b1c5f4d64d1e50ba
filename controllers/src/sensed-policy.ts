import { clamp, quatRotateInvAt } from '@skillweave/math'
import { dofIndices, type Robot } from '@skillweave/model'
import {
  createInterpreter,
  type ObservationTermInfo,
  type PolicyManifest,
  requireManifest,
  type SensedTermName,
  sensedTerm,
} from '@skillweave/policy'
import type { SensedState } from './sensed-state.ts'

/** What the policy is asked to do, by name; each robot task reads the one it knows. */
export interface Commands {
  /** m/s forward, m/s left, rad/s to the left. */
  readonly velocity?: ArrayLike<number>
}

/** A policy that acts on what a robot senses of itself: the same on a simulator and on a machine. */
export interface SensedPolicy {
  /** The last observation, as the network saw it. */
  readonly observation: Float32Array
  /** The network's last output, in the order of the manifest's action. */
  readonly action: Float32Array
  /** Begin anew: no last action, and the next frame fills every history. */
  reset(): void
  /** Write targets for every joint, model order [nDof] rad. Throws when the output is not finite. */
  decide(sensed: SensedState, commands: Commands, qTarget: Float64Array): void
}

/**
 * Bind a policy file to a robot. Throws, listing what does not fit: another robot, an observation term
 * that cannot be sensed, sizes that do not add up to the network's.
 */
export function createSensedPolicy(options: {
  readonly onnx: Uint8Array
  readonly manifest: PolicyManifest
  readonly robot: Robot
}): SensedPolicy {
  const { onnx, manifest, robot } = options
  requireManifest(manifest, { robot: robot.name })
  if (manifest.action.kind !== 'jointPosition') {
    throw new Error(
      `policy ${manifest.name} acts by ${manifest.action.kind}, expected jointPosition`,
    )
  }
  const net = createInterpreter(onnx)
  const observation = net.inputs.obs
  const action = net.outputs.actions
  const previous = new Float32Array(manifest.action.joints.length)
  const parts = manifest.observation.map((info) => bindTerm(info, manifest, robot, previous))
  const size = parts.reduce((sum, part) => sum + part.size, 0)
  if (!observation || !action || observation.length !== size || action.length !== previous.length) {
    throw new Error(
      `policy ${manifest.name}: the network takes obs [${observation?.length}] and gives actions ` +
        `[${action?.length}], its manifest says [${size}] and [${previous.length}]`,
    )
  }
  const state = (manifest.state ?? []).map((s) => {
    const [from, to] = [net.outputs[s.output], net.inputs[s.input]]
    if (from?.length === s.size && to?.length === s.size) return { from, to }
    throw new Error(
      `policy ${manifest.name}: its state goes from ${s.output} to ${s.input} [${s.size}], the network has ` +
        `${s.output} [${from?.length}] and ${s.input} [${to?.length}]`,
    )
  })
  const driven = dofIndices(robot.model, manifest.action.joints)
  const { scale, offset, clip } = manifest.action
  return {
    observation,
    action,
    reset: () => {
      previous.fill(0)
      for (const { to } of state) to.fill(0)
      for (const part of parts) part.reset()
    },
    decide: (sensed, commands, qTarget) => {
      let at = 0
      for (const part of parts) {
        part.write(sensed, commands, observation, at)
        at += part.size
      }
      net.run(1)
      for (const { from, to } of state) to.set(from)
      qTarget.set(robot.qDefault)
      for (let i = 0; i < driven.length; i++) {
        if (!Number.isFinite(action[i])) {
          throw new Error(`policy ${manifest.name}: output ${i} is ${action[i]}`)
        }
        const q = offset[i] + scale[i] * action[i]
        qTarget[driven[i]] = clip ? clamp(q, clip[i][0], clip[i][1]) : q
        previous[i] = action[i]
      }
    },
  }
}

/** The robot with the gains a policy was made for; joints it does not drive keep their own. */
export function withPolicyGains(robot: Robot, { action, gains }: PolicyManifest): Robot {
  const [kp, kd, effort] = [[...robot.kp], [...robot.kd], [...robot.effort]]
  dofIndices(robot.model, action.joints).forEach((d, i) => {
    kp[d] = gains.kp[i]
    kd[d] = gains.kd[i]
    effort[d] = Math.min(gains.effort[i], robot.effort[d])
  })
  return { ...robot, kp, kd, effort }
}

interface BoundTerm {
  /** Numbers of all frames. */
  readonly size: number
  reset(): void
  write(sensed: SensedState, commands: Commands, out: Float32Array, at: number): void
}

/** Writes one frame of a term, before offset, clip and scale. `decision` counts from 1 since `reset`. */
type Sense = (
  sensed: SensedState,
  commands: Commands,
  frame: Float64Array,
  decision: number,
) => void

function bindTerm(
  info: ObservationTermInfo,
  manifest: PolicyManifest,
  robot: Robot,
  previous: Float32Array,
): BoundTerm {
  const { numbers } = sensedTerm(info.name)
  const length =
    numbers === 'joints'
      ? manifest.jointNames.length
      : numbers === 'actions'
        ? previous.length
        : numbers
  const { history, size } = info
  if (size !== length * history) {
    throw new Error(
      `policy ${manifest.name}: ${info.name} has ${size} numbers, expected ${length} in each of ${history} frames`,
    )
  }
  const sense = senses[info.name as SensedTermName](info, manifest, robot, previous)
  const frame = new Float64Array(length)
  const frames = new Float32Array(size)
  const scale = (i: number) => (typeof info.scale === 'number' ? info.scale : info.scale[i])
  const scales = Float64Array.from(frame, (_, i) => scale(i))
  const offsets = Float64Array.from(frame, (_, i) => info.offset?.[i] ?? 0)
  const [low, high] = info.clip ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  let decision = 0
  return {
    size,
    reset: () => {
      decision = 0
    },
    write: (sensed, commands, out, at) => {
      sense(sensed, commands, frame, ++decision)
      frames.copyWithin(0, length)
      const newest = size - length
      for (let i = 0; i < length; i++) {
        frames[newest + i] = scales[i] * clamp(frame[i] - offsets[i], low, high)
      }
      if (decision === 1) {
        for (let f = 0; f < newest; f++) frames[f] = frames[newest + (f % length)]
      }
      out.set(frames, at)
    },
  }
}

const down = [0, 0, -1]

const senses: Readonly<
  Record<
    SensedTermName,
    (
      info: ObservationTermInfo,
      manifest: PolicyManifest,
      robot: Robot,
      previous: Float32Array,
    ) => Sense
  >
> = {
  angVel_b: () => (s, _, frame) => frame.set(s.angVel_b),
  linVel_b: () => (s, _, frame) => frame.set(s.linVel_b),
  gravity_b: () => (s, _, frame) => quatRotateInvAt(frame, 0, s.baseQuat_wb, 0, down, 0),
  velocityCommand: (_info, manifest) => {
    const ranges = manifest.commands?.velocity
    return (_s, { velocity }, frame) => {
      for (let k = 0; k < 3; k++) {
        const wanted = velocity?.[k] ?? 0
        frame[k] = ranges ? clamp(wanted, ranges[k][0], ranges[k][1]) : wanted
      }
    }
  },
  jointPos: (_info, manifest, robot) => gather(dofIndices(robot.model, manifest.jointNames), 'q'),
  jointVel: (_info, manifest, robot) => gather(dofIndices(robot.model, manifest.jointNames), 'dq'),
  lastAction: (_info, _manifest, _robot, previous) => (_s, _c, frame) => frame.set(previous),
  gaitPhase: (info, manifest) => {
    const perDecision = (2 * Math.PI * manifest.controlDt_s) / (info.params?.period_s as number)
    return (_s, _c, frame, decision) => {
      frame[0] = Math.sin(perDecision * decision)
      frame[1] = Math.cos(perDecision * decision)
    }
  },
}

const gather =
  (dofs: Int32Array, key: 'q' | 'dq'): Sense =>
  (s, _c, frame) => {
    for (let i = 0; i < dofs.length; i++) frame[i] = s[key][dofs[i]]
  }
