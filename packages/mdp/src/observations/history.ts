import type { BoundObservation, EnvState, ObservationTerm, SignedPermutation } from '../define.ts'
import { keepArrays, rewindAll, snapshotAll } from '../rewind.ts'

/**
 * The last `frames` values of a table of terms, one frame per action, oldest first. An episode begins
 * with all frames equal to the first. Lets a policy infer what no sensor gives: velocity, delay, load.
 * [frames × size of the table]
 */
export const history = (
  p: { readonly frames: number },
  of: Readonly<Record<string, ObservationTerm>>,
): ObservationTerm => ({
  name: 'history',
  params: {
    ...p,
    of: Object.fromEntries(
      Object.entries(of).map(([key, { name, params }]) => [key, { term: name, params }]),
    ),
  },
  bind: (ctx): BoundObservation => {
    const terms = Object.values(of).map((term) => term.bind(ctx))
    const frameSize = terms.reduce((n, term) => n + term.size, 0)
    const size = p.frames * frameSize
    const kept = new Float32Array(ctx.nEnvs * size)
    /** The step whose values are in the newest frame. */
    const newest = new Int32Array(ctx.nEnvs).fill(-1)
    const mirror = repeatMirror(terms, p.frames)

    const writeNewest = (s: EnvState, at: number): void => {
      let o = at + size - frameSize
      for (const term of terms) {
        term.write(s, kept, o)
        o += term.size
      }
    }
    const memories = [...terms, keepArrays(kept, newest)]
    return {
      size,
      frames: p.frames,
      snapshot: () => snapshotAll(memories),
      rewind: (snapshot) => rewindAll(memories, snapshot as readonly unknown[]),
      write: (s, out, offset) => {
        const at = s.index * size
        const begins = s.step === 0
        // An observation may be asked for more than once a step; only a new step moves the frames.
        if (!begins && newest[s.index] !== s.step) {
          kept.copyWithin(at, at + frameSize, at + size)
        }
        if (begins || newest[s.index] !== s.step) writeNewest(s, at)
        if (begins) {
          const last = at + size - frameSize
          for (let o = at; o < last; o += frameSize) kept.copyWithin(o, last, last + frameSize)
        }
        newest[s.index] = s.step
        for (let i = 0; i < size; i++) out[offset + i] = kept[at + i]
      },
      ...(mirror ? { mirror } : {}),
    }
  },
})

function repeatMirror(
  terms: readonly BoundObservation[],
  frames: number,
): SignedPermutation | undefined {
  const index: number[] = []
  const sign: number[] = []
  for (let f = 0; f < frames; f++) {
    for (const { mirror } of terms) {
      if (!mirror) return undefined
      const at = index.length
      for (const i of mirror.index) index.push(at + i)
      sign.push(...mirror.sign)
    }
  }
  return { index, sign }
}
