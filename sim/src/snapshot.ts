/**
 * A snapshot: the number of float64 values, those values (what lives outside the engine), then the
 * engine's own bytes. Little-endian; for the same build and options only.
 */
export function packSnapshot(values: readonly Float64Array[], engine: Uint8Array): Uint8Array {
  const count = values.reduce((n, v) => n + v.length, 0)
  const out = new Uint8Array(8 + 8 * count + engine.length)
  new DataView(out.buffer).setUint32(0, count, true)
  let at = 8
  for (const v of values) {
    out.set(new Uint8Array(v.buffer, v.byteOffset, v.byteLength), at)
    at += v.byteLength
  }
  out.set(engine, at)
  return out
}

/** Fills `values` and returns the engine's bytes. Throws when the snapshot is of another world. */
export function unpackSnapshot(snapshot: Uint8Array, values: readonly Float64Array[]): Uint8Array {
  const count = values.reduce((n, v) => n + v.length, 0)
  const header = new DataView(snapshot.buffer, snapshot.byteOffset, snapshot.byteLength)
  const found = snapshot.length >= 8 ? header.getUint32(0, true) : -1
  if (found !== count) {
    throw new Error(
      `the snapshot holds ${found} values outside the engine, this simulator has ${count}: it was taken with other options`,
    )
  }
  let at = 8
  for (const v of values) {
    const bytes = new Uint8Array(v.buffer, v.byteOffset, v.byteLength)
    bytes.set(snapshot.subarray(at, at + v.byteLength))
    at += v.byteLength
  }
  return snapshot.slice(at)
}
