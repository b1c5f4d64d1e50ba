import type { RngState } from '@skillweave/math'
import type { Env } from '@skillweave/mdp'
import { giveChanceBack, keepChance } from './chance.ts'

/** Everything that decides the future of an environment with one copy. */
export interface Memory {
  readonly physics: Uint8Array
  readonly chance: readonly RngState[]
  readonly step: number
  readonly action: Float32Array
  readonly previousAction: Float32Array
  /** Fields of the commands, by command, and of the action term. */
  readonly commands: ReadonlyMap<string, Fields>
  readonly actionTerm: Fields
}

type Fields = Readonly<Record<string, unknown>>

/** Keep it all. Between two actions only: a held action has no memory of its own. */
export function remember(env: Env): Memory {
  const [s] = env.states
  const commands = new Map<string, Fields>()
  for (const name of Object.keys(env.task.commands)) {
    commands.set(name, copyFields(env.command(name)))
  }
  return {
    physics: env.simulator.snapshot(),
    chance: keepChance((name) => env.command(name)),
    step: s.step,
    action: s.action.slice(),
    previousAction: s.previousAction.slice(),
    commands,
    actionTerm: copyFields(env.action),
  }
}

/** Go back to it; the environment must have been started with the same seed as when it was kept. */
export function recall(env: Env, memory: Memory): void {
  const [s] = env.states
  env.simulator.restore(memory.physics)
  giveChanceBack((name) => env.command(name), memory.chance)
  s.step = memory.step
  s.action.set(memory.action)
  s.previousAction.set(memory.previousAction)
  for (const [name, fields] of memory.commands) giveBack(env.command(name), fields)
  giveBack(env.action, memory.actionTerm)
  env.refresh(0)
}

/**
 * Numbers, flags, arrays of numbers and plain records that a term keeps in the open. What it hides
 * (`#private`, closures) is not seen here: the hash of the future says whether that mattered.
 */
function copyFields(term: object): Fields {
  const fields: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(term)) {
    if (isPlain(value)) fields[key] = structuredClone(value)
  }
  return fields
}

function giveBack(term: object, fields: Fields): void {
  const to = term as Record<string, unknown>
  for (const [key, value] of Object.entries(fields)) {
    const now = to[key]
    // Others hold views of the array: fill it, do not replace it.
    if (isNumbers(value) && isNumbers(now) && value.length === now.length) now.set(value)
    else to[key] = structuredClone(value)
  }
}

type Numbers = Float64Array | Float32Array | Int32Array | Uint8Array

const isNumbers = (x: unknown): x is Numbers => ArrayBuffer.isView(x) && !(x instanceof DataView)

const isPlain = (x: unknown): boolean =>
  x === null ||
  ['number', 'boolean', 'string', 'undefined'].includes(typeof x) ||
  isNumbers(x) ||
  (typeof x === 'object' && Object.getPrototypeOf(x) === Object.prototype && isRecord(x))

const isRecord = (x: object): boolean => Object.values(x).every((v) => typeof v !== 'function')
