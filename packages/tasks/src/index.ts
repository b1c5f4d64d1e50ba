export { type BallKind, ballObject, ballRadius, balls, courtGround } from './ball.ts'
export {
  type BallSkill,
  type BallSkillName,
  ballSkillByName,
  ballSkillNames,
  ballSkills,
} from './ball-skills.ts'
export {
  ballPlayerSenses,
  ballplay,
  type BallplayOptions,
  ballplayTeacher,
  ballSkillTitles,
  keyRoles,
  teacherJoints,
} from './ballplay.ts'
