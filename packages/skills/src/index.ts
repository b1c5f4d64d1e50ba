export { blendTargets, softmaxWeights } from './blend.ts'
export { type BlendAction, type BlendActionParams, blendSkills } from './blend-action.ts'
export type { SkillNetwork, SkillSet } from './skill-set.ts'
export { createWeightOverride, type WeightOverride } from './weight-override.ts'
