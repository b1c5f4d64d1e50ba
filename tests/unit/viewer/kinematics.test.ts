import { createRng, quatExp, quatNormalize } from '@skillweave/math'
import { bindKinematics as bindModelKinematics, robots } from '@skillweave/model'
import { describeRobot, jointSlots } from '@skillweave/protocol'
import { bindKinematics } from '@skillweave/viewer'
import { describe, expect, test } from 'vitest'

describe.each(Object.values(robots).map((r) => [r.name, r] as const))(
  'kinematics of %s',
  (_, robot) => {
    test('agree with the model in random poses', () => {
      const described = describeRobot({ id: 'r', robot })
      const kin = bindKinematics(described)
      const rng = createRng(5)
      const q = robot.qDefault.map((x) => x + 0.4 * rng.normal())
      const coords = new Float64Array(kin.coordCount)
      described.joints.forEach((j, k) => {
        if (j.type === 'spherical') coords.set(quatExp(q.slice(j.dof, j.dof + 3)), kin.coordAt[k])
        else coords[kin.coordAt[k]] = q[j.dof]
      })
      const basePos = [0.3, -0.2, 1.1] as const
      const baseQuat = quatNormalize([0.1, 0.2, -0.3, 0.8])
      const pos = new Float64Array(kin.linkCount * 3)
      const quat = new Float64Array(kin.linkCount * 4)
      kin.forward(pos, quat, basePos, 0, baseQuat, 0, coords, 0)
      const expected = {
        pos: new Float64Array(kin.linkCount * 3),
        quat: new Float64Array(kin.linkCount * 4),
      }
      expected.pos.set(basePos)
      expected.quat.set(baseQuat)
      bindModelKinematics(robot.model).poses(expected, q, 0)
      for (let i = 0; i < pos.length; i++) expect(pos[i]).toBeCloseTo(expected.pos[i], 9)
      expect(jointSlots(described)).toHaveLength(described.joints.length)
    })
  },
)
