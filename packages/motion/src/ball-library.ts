import type { Robot } from '@skillweave/model'
import type { Clip } from './ballplay-clip.ts'
import { closeCycle, findCycle } from './loop.ts'
import { type Reference, toReference } from './reference.ts'
import { retarget } from './retarget.ts'

/** Clips of one skill as references: fitted to the robot, and closed into a cycle where asked. */
export function skillReferences(
  clips: readonly Clip[],
  robot: Robot,
  options: { readonly skill: string; readonly cyclic: boolean; readonly fps: number },
): Reference[] {
  if (clips.length === 0) throw new Error(`no clips for the skill "${options.skill}"`)
  const motions = clips.map((clip) => retarget(clip, robot))
  if (!options.cyclic) return motions.map((m) => toReference(m, robot, options))
  const { motion, loop } = closeCycle(findCycle(motions, robot), robot, clips[0].fps / options.fps)
  return [toReference(motion, robot, { ...options, loop })]
}
