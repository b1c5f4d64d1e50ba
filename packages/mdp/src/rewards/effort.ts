import { dofIndices } from '@skillweave/model'
import { defineReward } from '../define.ts'

/** Σ τ² over `joints` (all by default), (N·m)². A cost: give it a negative weight. */
export const torqueL2 = defineReward('torqueL2', (p: { joints?: readonly string[] }, { robot }) => {
  const joints = dofIndices(robot.model, p.joints)
  return (s) => {
    let sum = 0
    for (let i = 0; i < joints.length; i++) sum += s.tau[joints[i]] ** 2
    return sum
  }
})

/** Σ (a − a_previous)². A cost. */
export const actionRateL2 = defineReward('actionRateL2', (_: Record<string, never>) => (s) => {
  let sum = 0
  for (let i = 0; i < s.action.length; i++) sum += (s.action[i] - s.previousAction[i]) ** 2
  return sum
})

/** Σ dq². A cost. */
export const jointVelL2 = defineReward('jointVelL2', (_: Record<string, never>) => (s) => {
  let sum = 0
  for (let i = 0; i < s.dq.length; i++) sum += s.dq[i] ** 2
  return sum
})
