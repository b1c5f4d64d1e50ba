import { arm } from './demos/arm.ts'
import { basketball } from './demos/basketball.ts'
import { primitiveDemos } from './demos/primitives.ts'
import { skillbenchDemos } from './demos/skillbench.ts'
import type { Demo } from './live/session.ts'

/** Every demo by name. A new one is a file and a line here. */
export const demos = {
  basketball,
  arm,
  ...primitiveDemos,
  ...skillbenchDemos,
} as const satisfies Record<string, Demo>

export const demoNames = Object.keys(demos)
