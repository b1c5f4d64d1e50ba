import RAPIER from '@dimforge/rapier3d-simd-compat'

export type Rapier = typeof RAPIER
export type World = RAPIER.World
export type RigidBody = RAPIER.RigidBody
export type ImpulseJoint = RAPIER.ImpulseJoint
export type RevoluteImpulseJoint = RAPIER.RevoluteImpulseJoint

/** Rapier, ready to use, and its linear memory where that could be got hold of. */
export interface RapierModule {
  readonly R: Rapier
  readonly memory: WasmMemory | undefined
}

export interface WasmMemory {
  /** Replaced by another object whenever the memory grows. */
  readonly buffer: ArrayBuffer
}

// The host's, declared here because the language's own library does not.
declare const WebAssembly: { instantiate: Instantiate }
type Instantiate = (...args: unknown[]) => Promise<unknown>

let loading: Promise<RapierModule> | undefined

/** Initialise Rapier once per process. */
export function loadRapier(): Promise<RapierModule> {
  loading ??= load()
  return loading
}

/**
 * The package keeps its wasm instance to itself, so it is caught on the way through
 * `WebAssembly.instantiate` while `init` runs. Modules of others that start at the same time pass
 * through untouched and are told apart by their exports.
 */
async function load(): Promise<RapierModule> {
  let memory: WasmMemory | undefined
  const original = WebAssembly.instantiate
  const spy: Instantiate = async (...args) => {
    const result = await original.apply(WebAssembly, args)
    memory ??= rapierMemory(result)
    return result
  }
  WebAssembly.instantiate = spy
  try {
    await RAPIER.init()
  } finally {
    if (WebAssembly.instantiate === spy) WebAssembly.instantiate = original
  }
  return { R: RAPIER, memory }
}

function rapierMemory(result: unknown): WasmMemory | undefined {
  const { instance = result } = result as { instance?: unknown }
  const { exports } = instance as { exports?: Record<string, unknown> }
  if (!exports || !('rawrigidbodyset_new' in exports)) return undefined
  return exports.memory as WasmMemory
}
