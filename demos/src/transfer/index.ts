export { taskTrial } from './task-trial.ts'
