import type { Simulator, SimulatorOptions } from '@skillweave/model'
import { createMujocoSimulator } from '@skillweave/mujoco'
import { createSimulator } from '@skillweave/sim'
import { UserError } from '../user-error.ts'

/** Physics engines behind the `Simulator` port. */
export const engines = {
  rapier: createSimulator,
  mujoco: createMujocoSimulator,
} as const satisfies Readonly<Record<string, (options: SimulatorOptions) => Promise<Simulator>>>

export type EngineName = keyof typeof engines

export function engineName(name: string): EngineName {
  if (Object.hasOwn(engines, name)) return name as EngineName
  throw new UserError(`no engine "${name}"; there are ${Object.keys(engines).join(', ')}`)
}
