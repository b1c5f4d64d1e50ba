import { quatLogAt, quatRotateAt } from '@skillweave/math'
import { bindKinematics, type Robot, type StateView } from '@skillweave/model'
import { coordinates, type WorldLayout } from './world-layout.ts'
import { readQuat, type Views } from './world-memory.ts'

/** Brings what MuJoCo keeps of the robot into a `StateView`. */
export interface StateReader {
  joints(views: Views): void
  /** Links by kinematics from the coordinates: MuJoCo's own link poses lag by one step. */
  all(views: Views): void
}

export function bindStateReader(
  s: StateView,
  options: {
    readonly robot: Robot
    readonly layout: WorldLayout
    readonly footContact: boolean
  },
): StateReader {
  const { robot, layout } = options
  const kinematics = bindKinematics(robot.model)
  const links = {
    pos: s.linkPos_w,
    quat: s.linkQuat_w,
    linVel: s.linkLinVel_w,
    angVel: s.linkAngVel_w,
  }

  function joints({ qpos, qvel }: Views): void {
    const { q, dq } = s
    let at = layout.qposAt
    for (const joint of robot.model.joints) {
      if (joint.type === 'spherical') {
        readQuat(_quat, 0, qpos, at)
        quatLogAt(q, joint.dof, _quat, 0)
      } else q[joint.dof] = qpos[at]
      at += coordinates(joint)
    }
    for (let d = 0; d < dq.length; d++) dq[d] = qvel[layout.qvelAt + d]
  }

  function base({ qpos, qvel }: Views): void {
    if (layout.qposAt === 0) {
      s.linkPos_w.set([0, 0, robot.standingHeight])
      s.linkQuat_w.set(robot.standingQuat)
      return
    }
    for (let k = 0; k < 3; k++) {
      s.linkPos_w[k] = qpos[k]
      s.linkLinVel_w[k] = qvel[k]
    }
    readQuat(s.linkQuat_w, 0, qpos, 3)
    quatRotateAt(s.linkAngVel_w, 0, s.linkQuat_w, 0, qvel, 3)
  }

  return {
    joints,
    all: (views) => {
      base(views)
      kinematics.poses(links, s.q, 0)
      kinematics.velocities(links, s.dq, 0)
      s.tau.set(views.force)
      if (options.footContact) {
        for (let f = 0; f < s.footContact.length; f++) {
          s.footContact[f] = views.touch[f] > 0 ? 1 : 0
        }
      }
    },
  }
}

const _quat = new Float64Array(4)
