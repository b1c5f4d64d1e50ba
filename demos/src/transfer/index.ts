export { ballSkillTrial } from './ball-skill-trial.ts'
export { taskTrial } from './task-trial.ts'
