/**
 * One frame between two threads: the network's writes, the motors' reads. Neither waits for the other. A reader that
 * was overtaken by a writer sees it by the count and reads again, so half of one frame and half of the next never act.
 */
export interface FrameSlot {
  /** To give to the other thread. */
  readonly memory: SharedArrayBuffer
  /** For one writer. Throws for another length. */
  write(bytes: Uint8Array): void
  /** Copy the newest frame into `out`. False when there is none yet, or the writer was in the way each time. */
  read(out: Uint8Array): boolean
}

/** Looks before a reader gives up: its next tick comes soon. */
const attempts = 64

/** Open a slot on shared memory of another thread, or a new one for frames of `length` bytes. */
export function createFrameSlot(from: number | SharedArrayBuffer): FrameSlot {
  const memory =
    typeof from === 'number' ? new SharedArrayBuffer(4 + 4 * Math.ceil(from / 4)) : from
  // Odd while a write is under way. Words are atomic, so each is of one frame or another, and the count tells which.
  const count = new Int32Array(memory, 0, 1)
  const words = new Int32Array(memory, 4)
  const scratch = new Int32Array(words.length)
  const scratchBytes = new Uint8Array(scratch.buffer)
  return {
    memory,
    write: (bytes) => {
      if (Math.ceil(bytes.length / 4) !== words.length) {
        throw new Error(`a frame of ${bytes.length} bytes, the slot has ${4 * words.length}`)
      }
      scratchBytes.set(bytes)
      Atomics.add(count, 0, 1)
      for (let i = 0; i < words.length; i++) Atomics.store(words, i, scratch[i])
      Atomics.add(count, 0, 1)
    },
    read: (out) => {
      for (let attempt = 0; attempt < attempts; attempt++) {
        const before = Atomics.load(count, 0)
        if (before === 0) return false
        if ((before & 1) !== 0) continue
        for (let i = 0; i < words.length; i++) scratch[i] = Atomics.load(words, i)
        if (Atomics.load(count, 0) !== before) continue
        out.set(scratchBytes.subarray(0, out.length))
        return true
      }
      return false
    },
  }
}
