import { bodyHazards } from './body-hazards.ts'
import { commandHazards } from './command-hazards.ts'
import { edgeHazards } from './edge-hazards.ts'
import type { Hazard } from './hazard.ts'
import { hubHazards } from './hub-hazards.ts'
import { linkHazards } from './link-hazards.ts'
import { motionHazards } from './motion-hazards.ts'
import { peopleHazards } from './people-hazards.ts'
import { serverHazards } from './server-hazards.ts'
import { viewerHazards } from './viewer-hazards.ts'

export { type FuzzResult, fuzz, keptSeeds } from './fuzz.ts'
export type { Hazard } from './hazard.ts'
export { atRest } from './plant.ts'
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
  ...viewerHazards,
  ...serverHazards,
  ...edgeHazards,
]

/** How many rows the list of hazards has. */
export const hazardRows = 50
