/**
 * The ball skills: which recorded motions show them and which joints their teachers correct. Order is
 * the order of labels in policies and controllers; append, never reorder.
 */
export interface BallSkill {
  readonly title: string
  /** Folders of BallPlay clips. */
  readonly clips: readonly string[]
  /** Find a cycle in the clips and repeat it: dribbles go on for ever. */
  readonly cyclic: boolean
  /** Which arms the teacher may move away from the reference. */
  readonly hands: 'right' | 'both'
}

export const ballSkills = {
  dribbleForward: { title: 'Dribble forward', clips: ['run'], cyclic: true, hands: 'right' },
  dribbleLeft: { title: 'Dribble left', clips: ['lrun'], cyclic: true, hands: 'right' },
  dribbleRight: { title: 'Dribble right', clips: ['rrun'], cyclic: true, hands: 'right' },
  pickUp: { title: 'Pick up', clips: ['pick_40'], cyclic: false, hands: 'both' },
  shot: { title: 'Jump shot', clips: ['shot_style1'], cyclic: false, hands: 'both' },
} as const satisfies Record<string, BallSkill>

export type BallSkillName = keyof typeof ballSkills

export const ballSkillNames = Object.keys(ballSkills) as BallSkillName[]

/** A ball skill by name. Throws, naming the skills. */
export function ballSkillByName(name: string): BallSkill {
  const skill = (ballSkills as Record<string, BallSkill>)[name]
  if (!skill) throw new Error(`no ball skill "${name}"; there are ${ballSkillNames.join(', ')}`)
  return skill
}
