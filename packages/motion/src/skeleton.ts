import type { Vec3 } from '@skillweave/math'

/**
 * The skeleton of the BallPlay clips: 53 bodies, 52 spherical joints. In the rest pose (a T-pose) every
 * frame has +x to the character's left, +y up, +z forward.
 */
export interface Skeleton {
  readonly names: readonly string[]
  /** Index of the parent body; −1 for the pelvis. */
  readonly parents: readonly number[]
  /** Origin in the parent's frame, m. */
  readonly offsets: readonly Vec3[]
}

interface Row {
  readonly name: string
  readonly parent: string
  readonly offset: Vec3
}

const trunk: readonly Row[] = [
  { name: 'Torso', parent: 'Pelvis', offset: [0, 0.0878, -0.028] },
  { name: 'Spine', parent: 'Torso', offset: [0, 0.1061, 0] },
  { name: 'Spine2', parent: 'Spine', offset: [0, 0.1061, 0] },
  { name: 'Chest', parent: 'Spine2', offset: [0, 0.167, 0] },
  { name: 'Neck', parent: 'Chest', offset: [0, 0.0842, 0.0146] },
  { name: 'Head', parent: 'Neck', offset: [0, 0.1097, 0] },
]

const leg = (side: 'L' | 'R'): Row[] => {
  const x = side === 'L' ? 0.1097 : -0.1097
  return [
    { name: `${side}_Hip`, parent: 'Pelvis', offset: [x, -0.0366, 0] },
    { name: `${side}_Knee`, parent: `${side}_Hip`, offset: [0, -0.4612, 0.0256] },
    { name: `${side}_Ankle`, parent: `${side}_Knee`, offset: [0, -0.3644, -0.0256] },
    { name: `${side}_Toe`, parent: `${side}_Ankle`, offset: [0, -0.0987, 0.1566] },
  ]
}

/** First link of each finger in the wrist frame, then the lengths of the next two links, m. */
const fingers: Record<'L' | 'R', readonly (readonly [string, Vec3, number, number])[]> = {
  L: [
    ['Index', [0.1004, 0, 0.0561], 0.0343, 0.024],
    ['Middle', [0.0927, 0, 0.029], 0.0412, 0.0288],
    ['Pinky', [0.0775, 0, -0.0251], 0.0268, 0.0187],
    ['Ring', [0.0851, 0, 0.002], 0.0395, 0.0276],
    ['Thumb', [0.0445, 0, 0.0673], 0.031, 0.023],
  ],
  R: [
    ['Index', [-0.0953, 0, 0.0455], 0.0343, 0.024],
    ['Middle', [-0.0891, 0, 0.0223], 0.0412, 0.0288],
    ['Pinky', [-0.0768, 0, -0.024], 0.0268, 0.0187],
    ['Ring', [-0.0829, 0, -0.0008], 0.0395, 0.0276],
    ['Thumb', [-0.043, 0, 0.0546], 0.031, 0.023],
  ],
}

const arm = (side: 'L' | 'R'): Row[] => {
  const s = side === 'L' ? 1 : -1
  const rows: Row[] = [
    { name: `${side}_Thorax`, parent: 'Chest', offset: [s * 0.0183, -0.0295, 0.0366] },
    { name: `${side}_Shoulder`, parent: `${side}_Thorax`, offset: [s * 0.1665, 0, 0] },
    { name: `${side}_Elbow`, parent: `${side}_Shoulder`, offset: [s * 0.2525, 0, 0] },
    { name: `${side}_Wrist`, parent: `${side}_Elbow`, offset: [s * 0.2439, 0, 0] },
  ]
  for (const [finger, offset, second, third] of fingers[side]) {
    const name = `${side}_${finger}`
    rows.push(
      { name: `${name}1`, parent: `${side}_Wrist`, offset },
      { name: `${name}2`, parent: `${name}1`, offset: [s * second, 0, 0] },
      { name: `${name}3`, parent: `${name}2`, offset: [s * third, 0, 0] },
    )
  }
  return rows
}

const rows: readonly Row[] = [
  { name: 'Pelvis', parent: '', offset: [0, 0, 0] },
  ...leg('L'),
  ...leg('R'),
  ...trunk,
  ...arm('L'),
  ...arm('R'),
]

/** The skeleton, in the order of the clip files' columns. */
export const ballPlaySkeleton: Skeleton = {
  names: rows.map((r) => r.name),
  parents: rows.map((r) => rows.findIndex((p) => p.name === r.parent)),
  offsets: rows.map((r) => r.offset),
}

/** Index of a body. Throws, naming the bodies. */
export function bodyIndex(skeleton: Skeleton, name: string): number {
  const i = skeleton.names.indexOf(name)
  if (i >= 0) return i
  throw new Error(`the skeleton has no body "${name}"; it has ${skeleton.names.join(', ')}`)
}
