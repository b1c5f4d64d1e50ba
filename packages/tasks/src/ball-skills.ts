/**
 * The ball skills: which recorded motions show them and which joints their teachers correct. Order is
 * the order of labels in policies and controllers; append, never reorder.
 */
export interface BallSkill {
  readonly title: string
  /** BallPlay clips: a folder, or one file of a folder without its ending. */
  readonly clips: readonly string[]
  /** Use the mirror image of the clips. */
  readonly mirrored?: boolean
  /** Find a cycle in the clips and repeat it: dribbles go on for ever. */
  readonly cyclic: boolean
  /**
   * Learned with balls of any mass at once: fine for holds and throws. A dribble is learned with the
   * heavy ball first, which moves less when the hand is not exact, and the ball lightened then.
   */
  readonly anyBall: boolean
  /** Practised for its outcome after distillation; dribbles are good enough without. */
  readonly practised: boolean
  /** What a controller asks for after a pick-up: `--after` lets its episodes start where one has ended. */
  readonly afterPickUp: boolean
  /** Share of the samples in distillation, against the others: many clips need many. */
  readonly share: number
}

export const ballSkills = {
  dribbleForward: {
    title: 'Dribble forward',
    clips: ['run'],
    cyclic: true,
    anyBall: false,
    practised: false,
    afterPickUp: true,
    share: 1,
  },
  dribbleLeft: {
    title: 'Dribble left',
    // The mirror image of the right turn, with the left hand: the recorded left turn, lrun, has no clean cycle
    // and its teacher stayed at half the survival of the others.
    clips: ['rrun'],
    mirrored: true,
    cyclic: true,
    anyBall: false,
    practised: false,
    afterPickUp: false,
    share: 1,
  },
  dribbleRight: {
    title: 'Dribble right',
    clips: ['rrun'],
    cyclic: true,
    anyBall: false,
    practised: false,
    afterPickUp: false,
    share: 1,
  },
  pickUp: {
    title: 'Pick up',
    // Of 28 clips nine that cover the directions: brisk walks of 2.3 m and balls within 1.4 m. All of them
    // would need several times the samples.
    clips: [4, 5, 6, 7, 8, 9, 11, 13, 15].map(
      (n) => `pick_40/001_007pickle_pick_${String(n).padStart(3, '0')}`,
    ),
    cyclic: false,
    anyBall: true,
    practised: true,
    afterPickUp: false,
    share: 2,
  },
  shot: {
    title: 'Jump shot',
    clips: ['shot_style1'],
    cyclic: false,
    anyBall: true,
    practised: true,
    afterPickUp: true,
    share: 1,
  },
} as const satisfies Record<string, BallSkill>

/** Skills that are each other's mirror image. */
export const ballSkillTwins = [['dribbleLeft', 'dribbleRight']] as const

export type BallSkillName = keyof typeof ballSkills

export const ballSkillNames = Object.keys(ballSkills) as BallSkillName[]

/** A ball skill by name. Throws, naming the skills. */
export function ballSkillByName(name: string): BallSkill {
  const skill = (ballSkills as Record<string, BallSkill>)[name]
  if (!skill) throw new Error(`no ball skill "${name}"; there are ${ballSkillNames.join(', ')}`)
  return skill
}
