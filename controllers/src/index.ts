export { createPolicyController, type PolicyController } from './policy-controller.ts'
