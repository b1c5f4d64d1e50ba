import type { Robot } from '@skillweave/model'
import type { PolicyState } from '@skillweave/policy'
import { parseDocument } from 'yaml'
import { Fields } from './fields.ts'
import type { ForeignJoint, ForeignPolicy, ForeignTerm } from './foreign-policy.ts'
import { motorOrder } from './motor-order.ts'

/** Of the gait clock in their deployment programs; it is in no file. */
const gaitPeriod_s = 0.8

/**
 * unitree_rl_gym's configuration of a deployment on the robot (`deploy_real/configs/*.yaml`). What is observed is in
 * their program, not in the file: angular velocity, gravity, command, positions, rates, last action, sine and cosine
 * of the gait clock, in this order; `num_obs` has to agree. `state`: what the network carries, from its own file.
 */
export function readRlGymConfig(
  text: string,
  robot: Robot,
  network: { readonly state: readonly PolicyState[]; readonly notes: readonly string[] },
): ForeignPolicy {
  const document = parseDocument(text)
  if (document.errors.length > 0)
    throw new Error(`the configuration is not YAML: ${document.errors[0]}`)
  const file = new Fields(document.toJS(), 'configuration')
  if (!file.has('leg_joint2motor_idx')) {
    throw new Error(
      `the configuration has no leg_joint2motor_idx, so no joint has a name; it has ${file.names().join(', ')}. ` +
        'That of deploy_real has it, that of deploy_mujoco has not',
    )
  }
  const motors = motorOrder(robot)
  const legs = file.numbers('leg_joint2motor_idx')
  const isMap = new Set(legs).size === legs.length && legs.every((m) => motors[m] !== undefined)
  if (!isMap) {
    throw new Error(
      `leg_joint2motor_idx is [${legs.join(', ')}], expected different motors 0…${motors.length - 1} of ${robot.name}`,
    )
  }
  const n = legs.length
  const scale = file.number('action_scale')
  const [kp, kd] = [file.numbers('kps', n), file.numbers('kds', n)]
  const defaults = file.numbers('default_angles', n)
  const joints = legs.map(
    (motor, i): ForeignJoint => ({
      name: motors[motor],
      kp: kp[i],
      kd: kd[i],
      defaultPos: defaults[i],
      scale,
      offset: defaults[i],
    }),
  )
  const observed = 9 + 3 * n + 2
  if (file.number('num_obs') !== observed) {
    throw new Error(
      `num_obs is ${file.number('num_obs')}, expected ${observed} for ${n} joints: 3 + 3 + 3 + 3 × ${n} + 2`,
    )
  }
  return {
    project: 'unitree_rl_gym',
    joints,
    terms: terms(file),
    controlDt_s: file.number('control_dt'),
    ...(file.has('max_cmd')
      ? { velocityRanges: file.numbers('max_cmd', 3).map((m) => [-m, m] as const) }
      : {}),
    state: network.state,
    notes: [
      ...network.notes,
      `motor numbers are joints in the vendor's order for ${robot.name}`,
      `the order of the observation and a gait of ${gaitPeriod_s} s are those of their deployment program, not of a file`,
      ...restNotes(file, robot, joints),
    ],
  }
}

function terms(file: Fields): ForeignTerm[] {
  const term = (name: string, scale: number | readonly number[]): ForeignTerm => ({
    name,
    scale,
    history: 1,
  })
  return [
    term('ang_vel', file.number('ang_vel_scale')),
    term('gravity', 1),
    term('cmd', file.numbers('cmd_scale', 3)),
    term('dof_pos', file.number('dof_pos_scale')),
    term('dof_vel', file.number('dof_vel_scale')),
    term('action', 1),
    { ...term('phase', 1), params: { period_s: gaitPeriod_s } },
  ]
}

/** Joints the network does not drive are held, there by the file's gains, here by the robot's. */
function restNotes(file: Fields, robot: Robot, driven: readonly ForeignJoint[]): string[] {
  const others = robot.model.dofNames.filter((name) => !driven.some((j) => j.name === name))
  if (others.length === 0) return []
  const theirs = file.has('arm_waist_target')
    ? `; the file holds them at [${file.numbers('arm_waist_target').join(', ')}]`
    : ''
  return [
    `${others.length} joints are not driven (${others[0]} … ${others.at(-1)}): held in ${robot.name}'s own pose with its own gains${theirs}`,
  ]
}
