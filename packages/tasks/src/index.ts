export { type BallKind, ballObject, ballRadius, balls, courtGround } from './ball.ts'
export {
  type BallSkill,
  type BallSkillName,
  ballSkillByName,
  ballSkillNames,
  ballSkills,
} from './ball-skills.ts'
export {
  type BallplayOptions,
  ballPlayerSenses,
  ballplayStudent,
  ballplayTeacher,
  ballSkillSenses,
  ballSkillTitles,
  teacherJoints,
} from './ballplay.ts'
export { ballplay, ballplayPractice } from './ballplay-practice.ts'
export { DribbleWatch, dribbleWatch } from './dribble-watch.ts'
export { goalView, type PointGoal } from './goal.ts'
export { HoldWatch } from './hold-watch.ts'
export { hoopObject, miniHoopHeight, rimRadius } from './hoop.ts'
export {
  bodySenseNames,
  type Conditions,
  conditions,
  gaitPeriod_s,
} from './humanoid.ts'
export { type HandoverState, handoverStarts, handoverState } from './practice/handover.ts'
export {
  type PrimitiveMark,
  type PrimitiveName,
  type PrimitiveSkill,
  primitiveNames,
  primitives,
  priorLogits,
} from './primitives.ts'
export { ReachTarget, reach } from './reach.ts'
export { type RecordedLanding, recordedLanding } from './recorded-landing.ts'
export {
  type TaskEntry,
  type TaskName,
  type TaskResources,
  taskByName,
  taskNames,
  tasks,
} from './registry.ts'
export { type ScoringOptions, scoring, standingStart } from './scoring.ts'
export { landingPlane, landingRadius, ShotTracker, shotTracker } from './shot-tracker.ts'
export { BenchCommand, type BenchPoint } from './skillbench/bench-command.ts'
export {
  type BenchName,
  type BenchTask,
  benchEpisode_s,
  benchNames,
  benchTask,
  skillbench,
} from './skillbench/skillbench.ts'
export { approachChoice, carryChoice, type TeacherChoice } from './teacher-choice.ts'
