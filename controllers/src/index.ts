export {
  type BlendController,
  createBlendController,
} from './blend-controller.ts'
export { createPolicyController, type PolicyController } from './policy-controller.ts'
export {
  type Commands,
  createSensedPolicy,
  type SensedPolicy,
  withPolicyGains,
} from './sensed-policy.ts'
export { createSensedState, type SensedState, senseSimulated } from './sensed-state.ts'
