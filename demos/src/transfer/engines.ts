import { createRng } from '@skillweave/math'
import type { Simulator, SimulatorOptions } from '@skillweave/model'
import { createMujocoSimulator } from '@skillweave/mujoco'
import { createSimulator } from '@skillweave/sim'
import { UserError } from '../user-error.ts'
import { type WireDelay, withDelay } from './delay.ts'

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

/** What builds a simulator of this engine; with a delay, what is commanded comes late. */
export function engineBehindWire(options: {
  readonly engine: EngineName
  readonly seed: number
  readonly delay?: WireDelay
}): (options: SimulatorOptions) => Promise<Simulator> {
  const create = engines[options.engine]
  const { delay, seed } = options
  return delay ? withDelay(create, delay, createRng(seed).fork('wire')) : create
}
