import { fuzz, hazardRows, hazards, keptSeeds, runSchedule } from '../faults/index.ts'
import { createMemoryScale } from '../memory-scale.ts'
import { UserError } from '../user-error.ts'

export interface FaultsOptions {
  /** Malformed ones. */
  readonly frames: number
  readonly schedules: number
  /** As many as before a release. */
  readonly full?: boolean
  readonly seed: number
  readonly json?: boolean
}

const full = { frames: 1_000_000, schedules: 1000 } as const
/** What remains after a collection may grow by so much: a few bytes for each frame of a full run. */
const growthMax_MB = 5

/** `faults`: every hazard that has a trial, random lives of a robot with faults, and broken frames. */
export async function faults(options: FaultsOptions): Promise<void> {
  const { frames, schedules } = options.full ? full : options
  const failures: string[] = []
  for (const { row, name, run } of hazards) {
    try {
      await run(1)
    } catch (error) {
      failures.push(`${row} ${name}: ${(error as Error).message}`)
    }
  }
  let linkFrames = 0
  for (let i = 0; i < schedules; i++) {
    const { seed, violations, ...life } = runSchedule(options.seed + i)
    linkFrames += life.frames
    failures.push(...violations.map((v) => `schedule ${seed}: ${v}`))
  }
  const runs = [...keptSeeds, options.seed + 10_000]
  const memory_B = createMemoryScale()
  const used_B: number[] = []
  const thrown = { frames: 0, malformed: 0 }
  for (const seed of runs) {
    const result = fuzz(seed, Math.ceil(frames / runs.length))
    thrown.frames += result.frames
    thrown.malformed += result.malformed
    failures.push(...result.failures)
    used_B.push(memory_B())
  }
  // In the first run everything is loaded and compiled.
  const growth_MB = (used_B[used_B.length - 1] - used_B[0]) / 2 ** 20
  if (growth_MB > growthMax_MB) {
    failures.push(`broken frames left ${growth_MB.toFixed(1)} MB behind, at most ${growthMax_MB}`)
  }
  const failed = hazards.filter((h) => failures.some((f) => f.startsWith(`${h.row} ${h.name}:`)))
  const rows = new Set(hazards.map((h) => h.row))
  const without = Array.from({ length: hazardRows }, (_, i) => i + 1).filter((r) => !rows.has(r))
  const result = {
    hazards: hazards.length,
    passed: hazards.length - failed.length,
    failed: failed.length,
    ...thrown,
    schedules,
    failures: failures.slice(0, 50),
    rows: hazardRows,
    rowsWithoutTrialHere: without,
    linkFrames,
    memoryGrowth_MB: Math.round(100 * growth_MB) / 100,
  }
  for (const failure of failures.slice(0, 50)) process.stderr.write(`${failure}\n`)
  process.stderr.write(
    `${result.passed} of ${result.hazards} trials pass, ${schedules} schedules, ${thrown.malformed} malformed frames; rows without a trial here: ${without.join(', ')}\n`,
  )
  if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`)
  if (failures.length > 0) throw new UserError(`${failures.length} failures`)
}
