import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The policy of a run as it was after some of its iterations: `.runs/<name>/history/<iteration>.onnx`. */
export interface PolicyHistory {
  /** Kept iterations, ascending. */
  readonly iterations: readonly number[]
  /** Is it time to keep another one? */
  isDue(iteration: number): boolean
  keep(iteration: number, onnx: Uint8Array): void
  /** Throws for an iteration that is not kept. */
  read(iteration: number): Uint8Array
}

/** More than this nobody looks through: then every second one goes, and half as many are kept from there on. */
const keptMax = 64

/** Of a run's folder; a run that begins anew forgets what is there. */
export function openPolicyHistory(folder: string, isResumed: boolean): PolicyHistory {
  const path = join(folder, 'history')
  const fileOf = (iteration: number) => join(path, `${iteration}.onnx`)
  if (!isResumed) rmSync(path, { recursive: true, force: true })
  let iterations = existsSync(path)
    ? readdirSync(path)
        .flatMap((f) => (/^\d+\.onnx$/.test(f) ? [Number.parseInt(f, 10)] : []))
        .sort((a, b) => a - b)
    : []
  let every = gapOf(iterations)
  const thin = (): void => {
    every *= 2
    for (const i of iterations.filter((x) => x % every !== 0)) rmSync(fileOf(i), { force: true })
    iterations = iterations.filter((x) => x % every === 0)
  }
  return {
    get iterations() {
      return iterations
    },
    isDue: (iteration) => iteration % every === 0 && !iterations.includes(iteration),
    keep(iteration, onnx) {
      mkdirSync(path, { recursive: true })
      writeFileSync(fileOf(iteration), onnx)
      iterations = [...iterations, iteration].sort((a, b) => a - b)
      if (iterations.length > keptMax) thin()
    },
    read(iteration) {
      if (!iterations.includes(iteration)) {
        throw new Error(
          `nothing is kept of iteration ${iteration}; there are ${iterations.join(', ') || 'none'}`,
        )
      }
      return readFileSync(fileOf(iteration))
    },
  }
}

/** Iterations between two that are kept: at first every second one. */
function gapOf(iterations: readonly number[]): number {
  const gaps = iterations.slice(1).map((x, i) => x - iterations[i])
  return gaps.length > 0 ? Math.max(1, Math.min(...gaps)) : 2
}
