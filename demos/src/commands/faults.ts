import { fuzz, hazardRows, hazards, keptSeeds, runSchedule } from '../faults/index.ts'
import { UserError } from '../user-error.ts'

export interface FaultsOptions {
  readonly frames: number
  readonly schedules: number
  readonly seed: number
  readonly json?: boolean
}

/** `faults`: every hazard that has a trial, random lives of a robot with faults, and broken frames. */
export async function faults(options: FaultsOptions): Promise<void> {
  const failures: string[] = []
  for (const { row, name, run } of hazards) {
    try {
      await run(1)
    } catch (error) {
      failures.push(`${row} ${name}: ${(error as Error).message}`)
    }
  }
  const heap = process.memoryUsage().heapUsed
  let linkFrames = 0
  for (let i = 0; i < options.schedules; i++) {
    const { seed, frames, violations } = runSchedule(options.seed + i)
    linkFrames += frames
    failures.push(...violations.map((v) => `schedule ${seed}: ${v}`))
  }
  const runs = [...keptSeeds, options.seed + 10_000]
  for (const seed of runs) {
    const result = fuzz(seed, Math.ceil(options.frames / runs.length))
    failures.push(...result.failures)
  }
  const failed = hazards.filter((h) => failures.some((f) => f.startsWith(`${h.row} ${h.name}:`)))
  const rows = new Set(hazards.map((h) => h.row))
  const without = Array.from({ length: hazardRows }, (_, i) => i + 1).filter((r) => !rows.has(r))
  const result = {
    hazards: hazards.length,
    passed: hazards.length - failed.length,
    failed: failed.length,
    frames: options.frames,
    schedules: options.schedules,
    failures: failures.slice(0, 50),
    rows: hazardRows,
    rowsWithoutTrialHere: without,
    linkFrames,
    heapGrowth_MB: Math.round((process.memoryUsage().heapUsed - heap) / 2 ** 20),
  }
  for (const failure of failures.slice(0, 50)) process.stderr.write(`${failure}\n`)
  process.stderr.write(
    `${result.passed} of ${result.hazards} trials pass, ${options.schedules} schedules, ${options.frames} broken frames; rows without a trial here: ${without.join(', ')}\n`,
  )
  if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`)
  if (failures.length > 0) throw new UserError(`${failures.length} failures`)
}
