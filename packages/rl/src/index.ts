export { type AllReduce, singleWorker } from './all-reduce.ts'
export { type Dim, type Operand, Tape, type Tensor } from './autodiff.ts'
export { type PpoConfig, ppoConfig, ppoDefaults, type StdConfig } from './config.ts'
export {
  createDistiller,
  type DistillConfig,
  type Distiller,
  type DistillOptions,
  type DistillStats,
  distillDefaults,
} from './distill.ts'
export { computeGae, type GaeInput } from './gae.ts'
export { type FrozenSkill, type SkillHeadOptions, skillHead, strideHead } from './heads.ts'
export {
  type Activation,
  type ActorHead,
  type ActorSpec,
  actorMean,
  type MlpSpec,
  type TensorSource,
} from './networks.ts'
export { createNormalizer, type Normalizer } from './normalizer.ts'
export { adamStep, createParamGroup, type ParamGroup } from './param-group.ts'
export { createPpo, type Ppo, type PpoOptions, type PpoStats } from './ppo.ts'
export { type Learner, type RunOptions, type RunResult, runTraining } from './runner.ts'
export {
  type BatchPolicy,
  createBatchPolicy,
  createSession,
  type FloatTensor,
  floatTensor,
  type Session,
  type Tensors,
  zeroTensor,
} from './session.ts'
export {
  abortExchange,
  createSharedExchange,
  type SharedExchange,
  sharedAllReduce,
} from './shared-all-reduce.ts'
export {
  checkSymmetry,
  type EnvSymmetry,
  type SignedPermutation,
  type TeachableEnv,
  type VecEnv,
} from './vec-env.ts'
