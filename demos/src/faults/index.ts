import type { Hazard } from './hazard.ts'
import { hubHazards } from './hub-hazards.ts'
import { robotEndHazards } from './robot-end-hazards.ts'

export { type FuzzResult, fuzz, keptSeeds } from './fuzz.ts'
export type { Hazard } from './hazard.ts'
export { runSchedule, type ScheduleResult } from './schedules.ts'
export { testProfile } from './virtual-world.ts'

/** Every trial there is. */
export const hazards: readonly Hazard[] = [...robotEndHazards, ...hubHazards]

/** How many rows the list of hazards has; docs/protocol.md 12 names those without a trial. */
export const hazardRows = 50
