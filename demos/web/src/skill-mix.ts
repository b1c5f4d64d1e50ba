/** What a hand says about the skills on one part of the body. */
export interface SkillMix {
  /** Weights held by faders, by skill. */
  readonly held: Readonly<Record<string, number>>
  readonly muted: readonly string[]
  /** Alone; null: none. */
  readonly solo: string | null
}

export const emptyMix: SkillMix = { held: {}, muted: [], solo: null }

/** The weights to ask for: a solo before everything, a mute before its fader; null: nothing is held. */
export function weightsOf({
  held,
  muted,
  solo,
}: SkillMix): Readonly<Record<string, number>> | null {
  if (solo !== null) return { [solo]: 1 }
  const weights = { ...held, ...Object.fromEntries(muted.map((skill) => [skill, 0])) }
  return Object.keys(weights).length > 0 ? weights : null
}

export const toggleMute = (mix: SkillMix, skill: string): SkillMix => ({
  ...mix,
  solo: mix.solo === skill ? null : mix.solo,
  muted: mix.muted.includes(skill) ? mix.muted.filter((s) => s !== skill) : [...mix.muted, skill],
})

export const toggleSolo = (mix: SkillMix, skill: string): SkillMix => ({
  ...mix,
  solo: mix.solo === skill ? null : skill,
  muted: mix.muted.filter((s) => s !== skill),
})

/** A fader that is moved is heard: it is muted no more, and no other skill is alone. */
export const holdAt = (mix: SkillMix, skill: string, weight: number): SkillMix => ({
  held: { ...mix.held, [skill]: weight },
  muted: mix.muted.filter((s) => s !== skill),
  solo: null,
})

export function release(mix: SkillMix, skill: string): SkillMix {
  const { [skill]: _, ...held } = mix.held
  return {
    held,
    muted: mix.muted.filter((s) => s !== skill),
    solo: mix.solo === skill ? null : mix.solo,
  }
}

export const isHeld = ({ held, muted, solo }: SkillMix, skill: string): boolean =>
  held[skill] !== undefined || muted.includes(skill) || solo === skill
