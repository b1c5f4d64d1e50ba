import { quatRotateAt, quatRotateInv } from '@skillweave/math'
import { type LimbDofs, limbDofs } from '../chains.ts'
import { defineReward } from '../define.ts'
import { bindSite } from '../sites.ts'

/** exp(−scale · sin² of the base's lean from upright). [0, 1] */
export const upright = defineReward('upright', (p: { scale: number }, { robot }) => {
  const up = quatRotateInv(robot.standingQuat, [0, 0, 1])
  const v = new Float64Array(3)
  return (s) => {
    quatRotateAt(v, 0, s.linkQuat_w, 0, up, 0)
    return Math.exp(-p.scale * (v[0] ** 2 + v[1] ** 2))
  }
})

/** exp(−scale · mean |q − q_default|) over limbs; `axes` keeps joints about those axes. [0, 1] */
export const nearDefault = defineReward(
  'nearDefault',
  (
    p: {
      limbs: readonly (keyof LimbDofs)[]
      scale: number
      /** `pitch`: about y; `others`: not about y. Default all. */
      axes?: 'pitch' | 'others'
    },
    { robot },
  ) => {
    const limbs = limbDofs(robot)
    const isPitch = (d: number) =>
      robot.model.joints.some((j) => j.dof === d && Math.abs(j.axis[1]) > 0.9)
    const dofs = p.limbs
      .flatMap((limb) => limbs[limb])
      .filter((d) => p.axes === undefined || isPitch(d) === (p.axes === 'pitch'))
    return (s) => {
      let sum = 0
      for (const d of dofs) sum += Math.abs(s.q[d] - robot.qDefault[d])
      return Math.exp((-p.scale * sum) / dofs.length)
    }
  },
)

/** Σ of how far joints are inside the last `margin` of their range, rad. A cost. */
export const jointLimitL1 = defineReward('jointLimitL1', (p: { margin: number }, { robot }) => {
  const joints = robot.model.joints.filter((j) => j.type === 'revolute')
  const dof = joints.map((j) => j.dof)
  const lower = joints.map((j) => j.lower[0] + p.margin * (j.upper[0] - j.lower[0]))
  const upper = joints.map((j) => j.upper[0] - p.margin * (j.upper[0] - j.lower[0]))
  return (s) => {
    let sum = 0
    for (let i = 0; i < dof.length; i++) {
      const q = s.q[dof[i]]
      sum += Math.max(0, lower[i] - q) + Math.max(0, q - upper[i])
    }
    return sum
  }
})

/** How much closer the soles are than `distance` m, horizontally. A cost. */
export const feetTooClose = defineReward('feetTooClose', (p: { distance: number }, { robot }) => {
  const left = bindSite(robot, 'leftSole')
  const right = bindSite(robot, 'rightSole')
  const a = new Float64Array(3)
  const b = new Float64Array(3)
  return (s) => {
    left(s, a, 0)
    right(s, b, 0)
    return Math.max(0, p.distance - Math.hypot(a[0] - b[0], a[1] - b[1]))
  }
})

/** v_z² + 0.1 ‖ω_xy‖² of the base: bouncing and rocking. A cost. */
export const baseUnrest = defineReward('baseUnrest', (_: Record<string, never>) => (s) => {
  const [, , vz] = s.linkLinVel_w
  return vz ** 2 + 0.1 * (s.linkAngVel_w[0] ** 2 + s.linkAngVel_w[1] ** 2)
})
