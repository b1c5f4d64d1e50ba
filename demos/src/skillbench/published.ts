import type { BenchName, PrimitiveName } from '@skillweave/tasks'

/** What a row of the paper's tables says of a task. */
export interface PublishedResult {
  /** Mean error, m (cabinet-close: rad). */
  readonly error: number
  /** rad */
  readonly tilt: number
  /** Height of the base, m. */
  readonly height: number
  /** N·m */
  readonly torque: number
  /** W */
  readonly power: number
}

const row = (
  error: number,
  tilt: number,
  height: number,
  torque: number,
  power: number,
): PublishedResult => ({ error, tilt, height, torque, power })

/** SkillBlender's own results by robot (arXiv 2506.09366v1, state-based tables). */
export const published: Readonly<Record<string, Readonly<Record<BenchName, PublishedResult>>>> = {
  h1: {
    'far-reach': row(0.021, 0.045, 0.955, 13.5, 20.2),
    'button-press': row(0.009, 0.041, 0.848, 16.8, 20.3),
    'cabinet-close': row(0.0, 0.119, 0.903, 13.6, 16.0),
    'football-shoot': row(1.109, 0.131, 0.843, 26.1, 92.8),
    'box-push': row(0.009, 0.064, 0.884, 15.0, 9.9),
    'package-lift': row(0.024, 0.062, 0.717, 21.0, 15.1),
    'box-transfer': row(0.007, 0.055, 0.884, 16.7, 17.0),
    'package-carry': row(0.013, 0.043, 0.787, 21.3, 28.9),
  },
  g1: {
    'far-reach': row(0.023, 0.214, 0.715, 11.0, 30.4),
    'button-press': row(0.032, 0.196, 0.647, 13.2, 38.2),
    'cabinet-close': row(0.0, 0.234, 0.647, 12.6, 22.6),
    'football-shoot': row(1.476, 0.19, 0.664, 17.7, 70.4),
    'box-push': row(0.039, 0.176, 0.615, 15.4, 54.3),
    'package-lift': row(0.074, 0.346, 0.773, 20.4, 57.6),
    'box-transfer': row(0.34, 0.304, 0.496, 15.9, 50.9),
    'package-carry': row(0.058, 0.176, 0.324, 15.0, 47.4),
  },
  'h1-2': {
    'far-reach': row(0.049, 0.077, 0.919, 15.2, 18.5),
    'button-press': row(0.023, 0.09, 0.879, 18.9, 26.5),
    'cabinet-close': row(0.0, 0.121, 0.897, 20.0, 24.6),
    'football-shoot': row(1.4, 0.095, 0.871, 27.0, 80.4),
    'box-push': row(0.05, 0.087, 0.884, 17.1, 11.6),
    'package-lift': row(0.557, 0.079, 0.686, 16.3, 18.9),
    'box-transfer': row(0.315, 0.072, 0.829, 17.4, 13.6),
    'package-carry': row(0.051, 0.038, 0.732, 23.2, 34.3),
  },
}

/** Samples of one iteration of the paper's training: 4096 robots, 60 steps. */
const iterationSamples = 4096 * 60

/** Iterations per policy: every skill took as many as the shortest task. */
const skillIterations = 15_001

const iterations: Readonly<Record<string, Readonly<Record<BenchName, number>>>> = {
  h1: {
    'far-reach': 15_001,
    'button-press': 15_001,
    'cabinet-close': 15_001,
    'football-shoot': 15_001,
    'box-push': 30_001,
    'package-lift': 30_001,
    'box-transfer': 100_001,
    'package-carry': 30_001,
  },
  g1: {
    'far-reach': 15_001,
    'button-press': 15_001,
    'cabinet-close': 60_001,
    'football-shoot': 15_001,
    'box-push': 90_001,
    'package-lift': 30_001,
    'box-transfer': 100_001,
    'package-carry': 60_001,
  },
  'h1-2': {
    'far-reach': 15_001,
    'button-press': 15_001,
    'cabinet-close': 15_001,
    'football-shoot': 15_001,
    'box-push': 30_001,
    'package-lift': 30_001,
    'box-transfer': 70_001,
    'package-carry': 30_001,
  },
}

/** Samples the paper's training took for a task or a skill; undefined for a robot it does not have. */
export function publishedSamples(
  robot: string,
  task: BenchName | PrimitiveName,
): number | undefined {
  const table = iterations[robot]
  if (!table) return undefined
  const count = Object.hasOwn(table, task) ? table[task as BenchName] : skillIterations
  return count * iterationSamples
}
