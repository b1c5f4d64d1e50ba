import { bindKinematics } from '@skillweave/model'
import { recordedSkeleton, syntheticClip } from '@skillweave/motion'
import { expect, it } from 'vitest'

it('a recorded skeleton stands where the recording’s bodies are', () => {
  const clip = syntheticClip('dribble', 0.5)
  const { robot, q, basePos_w, baseQuat_w } = recordedSkeleton(clip)
  const kinematics = bindKinematics(robot.model)
  const n = robot.model.links.length
  expect(n).toBe(23)
  const links = { pos: new Float64Array(3 * n), quat: new Float64Array(4 * n) }
  const wrist = robot.model.links.findIndex((l) => l.name === 'R_Wrist')
  for (const frame of [0, 17, 30]) {
    links.pos.set(basePos_w(frame))
    links.quat.set(baseQuat_w(frame))
    kinematics.poses(links, q(frame), 0)
    for (let k = 0; k < 3; k++) {
      expect(links.pos[3 * wrist + k]).toBeCloseTo(clip.bodyPos_w[3 * (frame * 53 + 37) + k], 9)
    }
  }
})
