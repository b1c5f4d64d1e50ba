import type { Rewindable } from './define.ts'

type Numbers = Float64Array | Float32Array | Int32Array | Uint8Array

/**
 * How a term goes back in time whose whole memory is these arrays. They are filled, never replaced: others
 * may hold views of them.
 */
export const keepArrays = (...arrays: readonly Numbers[]): Required<Rewindable> => ({
  snapshot: () => arrays.map((a) => a.slice()),
  rewind: (snapshot) => {
    const kept = snapshot as readonly Numbers[]
    arrays.forEach((a, i) => {
      a.set(kept[i])
    })
  },
})

/** Snapshots of several terms as one; terms without a memory have none. */
export const snapshotAll = (terms: readonly Rewindable[]): readonly unknown[] =>
  terms.map((t) => t.snapshot?.())

export function rewindAll(terms: readonly Rewindable[], snapshots: readonly unknown[]): void {
  terms.forEach((t, i) => {
    t.rewind?.(snapshots[i])
  })
}
