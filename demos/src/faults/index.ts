import { bodyHazards } from './body-hazards.ts'
import { commandHazards } from './command-hazards.ts'
import { edgeHazards } from './edge-hazards.ts'
import type { Hazard } from './hazard.ts'
import { hubHazards } from './hub-hazards.ts'
import { linkHazards } from './link-hazards.ts'
import { motionHazards } from './motion-hazards.ts'
import { peopleHazards } from './people-hazards.ts'

export { type FuzzResult, fuzz, keptSeeds } from './fuzz.ts'
export type { Hazard } from './hazard.ts'
export { runSchedule, type ScheduleResult } from './schedules.ts'
export { testProfile } from './virtual-world.ts'

/** Every trial there is. */
export const hazards: readonly Hazard[] = [
  ...commandHazards,
  ...motionHazards,
  ...bodyHazards,
  ...linkHazards,
  ...peopleHazards,
  ...hubHazards,
  ...edgeHazards,
]

/** How many rows the list of hazards has; docs/protocol.md 12 names those without a trial. */
export const hazardRows = 50
