import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Robot } from '@skillweave/model'
import { type Clip, type Reference, readClip, skillReferences } from '@skillweave/motion'
import { ballSkillByName } from '@skillweave/tasks'
import { UserError } from './user-error.ts'

/** Where third-party data is: `--data`, else SKILLWEAVE_DATA. Throws with what to do when neither is. */
export function dataFolder(option: string | undefined): string {
  const folder = option ?? process.env.SKILLWEAVE_DATA
  if (!folder) {
    throw new UserError(
      'this needs motion clips: give their folder with --data, or set SKILLWEAVE_DATA (it must hold ballplay-m/; docs/clips.md says where the clips come from)',
    )
  }
  return folder
}

/** Every clip of a BallPlay folder, in name order; or one, named `folder/file` without its ending. */
export function loadClips(data: string, folder: string): Clip[] {
  const path = join(data, 'ballplay-m', folder)
  if (folder.includes('/')) return [loadClip(`${path}.pt`)]
  const files = listFiles(path).filter((f) => f.endsWith('.pt'))
  if (files.length === 0) throw new UserError(`no .pt clips in ${path}`)
  return files.map((f) => loadClip(join(path, f)))
}

export function loadClip(path: string): Clip {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch {
    throw new UserError(`cannot read the clip ${path}`)
  }
  try {
    return readClip(bytes, path.split(/[/\\]/).at(-1) ?? path)
  } catch (error) {
    throw new UserError((error as Error).message)
  }
}

/** Recorded motions of ball skills, fitted to the robot at 30 frames/s. */
export function loadMotions(data: string, robot: Robot, skills: readonly string[]): Reference[] {
  return skills.flatMap((name) => {
    const skill = ballSkillByName(name)
    const clips = skill.clips.flatMap((folder) => loadClips(data, folder))
    return skillReferences(clips, robot, {
      skill: name,
      cyclic: skill.cyclic,
      ...(skill.mirrored ? { mirrored: true } : {}),
      hold_s: 1.5,
      fps: 30,
    })
  })
}

function listFiles(path: string): string[] {
  try {
    return readdirSync(path)
      .filter((f) => statSync(join(path, f)).isFile())
      .sort()
  } catch {
    throw new UserError(`there is no folder ${path}`)
  }
}
