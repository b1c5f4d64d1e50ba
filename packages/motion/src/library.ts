import type { Robot } from '@skillweave/model'
import { type ClipProblem, checkClip, repairClip } from './checks.ts'
import type { Clip } from './clip.ts'
import { holdEnd } from './hold-end.ts'
import { closeLoop, findLoops, type LoopCandidate } from './loop.ts'
import { mirrorReference } from './mirror-motion.ts'
import type { Reference } from './reference.ts'
import { resample } from './resample.ts'
import { type RetargetReport, retarget } from './retarget.ts'
import { turnReference } from './turn.ts'

/** How the clips of one skill become references. */
export interface SkillOptions {
  readonly skill: string
  /** Find the best cycle of all clips and close it: a dribble that goes on for ever. */
  readonly cyclic: boolean
  /** Frames per second of the result; the control rate of the task. */
  readonly fps: number
  /** Hold the last pose of motions that are no cycles for this time, s; see `holdEnd`. */
  readonly hold_s?: number
  /** Bend the motions, rad/s; see `turnReference`. */
  readonly turn?: number
  /** Use the mirror images. */
  readonly mirrored?: boolean
}

/** What was found in a clip, repaired, and changed in fitting it. */
export interface ClipReport {
  readonly clip: string
  readonly skill: string
  readonly problems: readonly ClipProblem[]
  readonly fit: RetargetReport
}

export interface MotionLibrary {
  readonly references: readonly Reference[]
  readonly reports: readonly ClipReport[]
}

/**
 * Clips as references, ready for a task: repaired, fitted to the robot, closed into a cycle, bent or
 * mirrored where asked, at the rate asked. Throws when a skill has no clips or none is long enough for
 * a cycle.
 */
export function buildLibrary(
  robot: Robot,
  skills: readonly (SkillOptions & { readonly clips: readonly Clip[] })[],
): MotionLibrary {
  const built = skills.map((options) => buildSkill(options.clips, robot, options))
  return {
    references: built.flatMap((b) => b.references),
    reports: built.flatMap((b) => b.reports),
  }
}

/** The references of one skill; see `buildLibrary`. */
export const skillReferences = (
  clips: readonly Clip[],
  robot: Robot,
  options: SkillOptions,
): Reference[] => buildSkill(clips, robot, options).references

function buildSkill(clips: readonly Clip[], robot: Robot, options: SkillOptions) {
  const { skill, fps, turn, mirrored, hold_s } = options
  if (clips.length === 0) throw new Error(`no clips for the skill "${skill}"`)
  const reports: ClipReport[] = []
  const fitted = clips.map((clip) => {
    const { reference, report } = retarget(repairClip(clip).clip, robot, { skill })
    reports.push({ clip: clip.name, skill, problems: checkClip(clip), fit: report })
    return reference
  })
  const whole = options.cyclic ? [bestLoop(fitted, robot)] : fitted
  const turned = turn ? whole.map((r) => turnReference(r, robot, turn)) : whole
  const chosen = mirrored ? turned.map((r) => mirrorReference(r, robot)) : turned
  const held = hold_s ? chosen.map((r) => holdEnd(r, robot, hold_s)) : chosen
  return { references: held.map((r) => resample(r, robot, fps)), reports }
}

/** The best cycle found in any of the motions, closed. */
export function bestLoop(references: readonly Reference[], robot: Robot): Reference {
  let best: { reference: Reference; loop: LoopCandidate } | undefined
  for (const reference of references) {
    const [loop] = findLoops(reference, robot)
    if (loop && (!best || loop.mismatch < best.loop.mismatch)) best = { reference, loop }
  }
  if (best) return closeLoop(best.reference, robot, best.loop)
  const lengths = references.map((r) => `${r.name} (${(r.nFrames / r.fps).toFixed(2)} s)`)
  throw new Error(`no cycle in ${lengths.join(', ')}: a cycle takes at least 0.6 s`)
}
