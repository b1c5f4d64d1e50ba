import type { Paint } from './solids.ts'

/** The two looks of the page and of the scene. */
export type Theme = 'dark' | 'light'

/** Colours of skills by slot; words stay in text colour, these are for bars, lines and bodies. */
export const skillColors: Readonly<Record<Theme, readonly string[]>> = {
  dark: ['#FC89AA', '#FDDE6E', '#C1B81E', '#459956', '#7DF6EF', '#0499F4', '#A4BBFE', '#B170B1'],
  light: ['#B72380', '#9A6C05', '#595102', '#6B9A7D', '#0E4042', '#0323A1', '#434FCF', '#B66DE5'],
}

/**
 * Colours for a list of slots. The palette's neighbours are close in hue, so small slots are spread
 * over it; slots repeat after eight.
 */
export const skillColor = (theme: Theme, slot: number): string =>
  skillColors[theme][spread[((slot % 8) + 8) % 8]]

const spread = [5, 1, 3, 0, 4, 7, 2, 6]

const paint = (
  color: string,
  roughness: number,
  metalness: number,
  options: { shell?: number; glow?: number } = {},
): Paint => ({ color, roughness, metalness, shell: options.shell ?? 0, glow: options.glow ?? 0 })

/** What robots are painted with. */
export const paints = {
  shell: paint('#c9ced6', 0.38, 0, { shell: 1 }),
  frame: paint('#23262c', 0.42, 0.75),
  bellows: paint('#191b20', 0.7, 0.1),
  visor: paint('#0b0e14', 0.08, 0),
  rubber: paint('#14161a', 0.85, 0),
  light: paint('#bff4ff', 0.3, 0, { glow: 1 }),
} as const

const accent = (color: string): Paint => paint(color, 0.32, 0.1)

/** Accents tell limbs apart at a glance. */
export const familyPaints = {
  trunk: accent('#8e99ab'),
  leftLeg: accent('#3d8bd4'),
  rightLeg: accent('#2bb3a3'),
  leftArm: accent('#d98a29'),
  rightArm: accent('#c2569b'),
} as const

export type Family = keyof typeof familyPaints

/** The scene around the robot. */
export interface SceneColors {
  readonly sky: string
  readonly horizon: string
  readonly floor: string
  readonly gridLine: string
  readonly wood: string
  readonly key: string
  readonly courtLine: string
  readonly apron: string
  readonly glass: string
  readonly steel: string
  readonly target: string
}

export const sceneColors: Readonly<Record<Theme, SceneColors>> = {
  dark: {
    sky: '#0c1017',
    horizon: '#222b36',
    floor: '#2a313b',
    gridLine: '#66717f',
    wood: '#8a6a48',
    key: '#1d4366',
    courtLine: '#e9e4d8',
    apron: '#3a4657',
    glass: '#cfe2f5',
    steel: '#2a2f37',
    target: '#5cc8ff',
  },
  light: {
    sky: '#c9d6e4',
    horizon: '#eef2f6',
    floor: '#c9d0d8',
    gridLine: '#5a6572',
    wood: '#d3ab7c',
    key: '#4d84b3',
    courtLine: '#fbfaf6',
    apron: '#b3c1ce',
    glass: '#e6f1fa',
    steel: '#5b646f',
    target: '#0b6ba8',
  },
}
