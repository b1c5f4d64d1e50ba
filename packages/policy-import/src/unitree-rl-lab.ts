import type { Robot } from '@skillweave/model'
import { parseDocument } from 'yaml'
import { Fields } from './fields.ts'
import type { Bounds, ForeignJoint, ForeignPolicy, ForeignTerm } from './foreign-policy.ts'
import { motorOrder } from './motor-order.ts'

/**
 * unitree_rl_lab's `deploy.yaml`. `joint_ids_map[i]` is the motor of the policy's joint i; stiffness and
 * damping are in motor order, everything else in the policy's.
 */
export function readDeployYaml(text: string, robot: Robot): ForeignPolicy {
  const file = new Fields(parseYaml(text), 'deploy.yaml')
  const motors = motorOrder(robot)
  const map = file.numbers('joint_ids_map')
  const n = motors.length
  if ([...map].sort((a, b) => a - b).some((m, i) => m !== i) || map.length !== n) {
    throw new Error(
      `deploy.yaml.joint_ids_map is [${map.join(', ')}], expected each motor 0…${n - 1} of ${robot.name} once`,
    )
  }
  const action = jointPositionAction(file.at('actions'))
  const [kp, kd] = [file.numbers('stiffness', n), file.numbers('damping', n)]
  const defaultPos = file.numbers('default_joint_pos', n)
  const scale = action.numbers('scale', n)
  const offset = action.numbers('offset', n)
  const clip = action.has('clip') ? action.list('clip').map((c) => bounds(c, 'action clip')) : []
  const joints = map.map(
    (motor, i): ForeignJoint => ({
      name: motors[motor],
      kp: kp[motor],
      kd: kd[motor],
      defaultPos: defaultPos[i],
      scale: scale[i],
      offset: offset[i],
      ...(clip.length > 0 ? { clip: clip[i] } : {}),
    }),
  )
  return {
    project: 'unitree_rl_lab',
    joints,
    terms: observationTerms(file.at('observations')),
    controlDt_s: file.number('step_dt'),
    ...velocityRanges(file),
    notes: [
      `motor numbers are joints in the vendor's order for ${robot.name}`,
      'stiffness and damping are in motor order, scale, offset and default_joint_pos in the policy’s',
    ],
  }
}

/** Tags such as `!!python/object/apply` are read as the plain value behind them, never run. */
function parseYaml(text: string): unknown {
  const document = parseDocument(text, { logLevel: 'silent' })
  if (document.errors.length > 0) throw new Error(`deploy.yaml: ${document.errors[0].message}`)
  return document.toJS()
}

function jointPositionAction(actions: Fields): Fields {
  const [kind, ...more] = actions.names()
  if (kind !== 'JointPositionAction' || more.length > 0) {
    throw new Error(
      `deploy.yaml.actions has ${actions.names().join(', ')}; only one JointPositionAction is read`,
    )
  }
  const action = actions.at(kind)
  // A subset of joints would be a list here; all of them is null or Python's slice(None).
  if (action.has('joint_ids') && !action.list('joint_ids').every((id) => id === null)) {
    throw new Error('deploy.yaml.actions moves only some joints (joint_ids), which is not read')
  }
  return action
}

function observationTerms(observations: Fields): ForeignTerm[] {
  return observations.names().flatMap((name): ForeignTerm[] => {
    if (name === 'use_gym_history' || name === 'scale_first') {
      throw new Error(`deploy.yaml.observations.${name} changes the order of the numbers: not read`)
    }
    const term = observations.at(name)
    const params = term.has('params') ? term.at('params') : undefined
    if (params?.has('asset_cfg')) {
      throw new Error(`deploy.yaml.observations.${name} observes only some joints: not read`)
    }
    return [
      {
        name,
        scale: term.has('scale') ? term.numbers('scale') : 1,
        history: Math.max(1, term.number('history_length')),
        ...(term.has('clip') ? { clip: bounds(term.numbers('clip'), `${name} clip`) } : {}),
        ...(params?.has('period') ? { params: { period_s: params.number('period') } } : {}),
      },
    ]
  })
}

function velocityRanges(file: Fields): Pick<ForeignPolicy, 'velocityRanges'> {
  if (!file.has('commands')) return {}
  const commands = file.at('commands')
  if (!commands.has('base_velocity')) return {}
  const ranges = commands.at('base_velocity').at('ranges')
  return {
    velocityRanges: ['lin_vel_x', 'lin_vel_y', 'ang_vel_z'].map((name) =>
      bounds(ranges.numbers(name, 2), name),
    ),
  }
}

function bounds(value: unknown, what: string): Bounds {
  const [low, high] = Array.isArray(value) ? value : []
  if (Number.isFinite(low) && Number.isFinite(high) && low <= high) return [low, high]
  throw new Error(`${what} is ${JSON.stringify(value)}, expected [low, high]`)
}
