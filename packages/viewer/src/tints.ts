import { type BodyValues, linearRgb, type RobotView } from './robot.ts'

/**
 * How shells are coloured: limbs by family, links by the skills that drive them, or by how near their joints are
 * to what is too much.
 */
export type ColorMode = 'family' | 'skill' | 'load'

type Rgb = readonly [number, number, number]

/** Calm, busy, too much. */
const loadRgb: readonly Rgb[] = ['#3d6fb4', '#f5b83d', '#e5392f'].map(linearRgb)

/** Every link in its own colour again. */
export function restTints(view: RobotView): void {
  for (let c = 0; c < view.copies; c++) {
    for (let i = 0; i < view.description.links.length; i++) view.tint(c, i, 1, 1, 1, 0)
  }
  view.tintsChanged()
}

/** Each link takes the mix of its joint's weights; the base that of the whole body. `rgb`: of the skills. */
export function tintBySkill(view: RobotView, values: BodyValues, rgb: readonly Rgb[]): void {
  const { joints, links, dofNames } = view.description
  const perJoint = values.jointWeights
  for (let i = 0; i < links.length; i++) {
    let r = 0
    let g = 0
    let b = 0
    let sum = 0
    for (let k = 0; k < rgb.length; k++) {
      const w =
        perJoint && i > 0
          ? perJoint[k * dofNames.length + joints[i - 1].dof]
          : (values.weights[k] ?? 0)
      r += w * rgb[k][0]
      g += w * rgb[k][1]
      b += w * rgb[k][2]
      sum += w
    }
    if (sum > 0) view.tint(0, i, r / sum, g / sum, b / sum, 1)
  }
  view.tintsChanged()
}

/** Each link is as hot as the busiest coordinate of the joint that moves it. `loads`: 0…1, [nDof]. */
export function tintByLoad(view: RobotView, loads: ArrayLike<number>): void {
  const { joints, links } = view.description
  for (let i = 1; i < links.length; i++) {
    const { dof, type } = joints[i - 1]
    let load = 0
    for (let k = dof; k < dof + (type === 'spherical' ? 3 : 1); k++) {
      load = Math.max(load, Math.min(1, loads[k] ?? 0))
    }
    const half = load < 0.5 ? 0 : 1
    const t = 2 * load - half
    const [from, to] = [loadRgb[half], loadRgb[half + 1]]
    view.tint(
      0,
      i,
      from[0] + t * (to[0] - from[0]),
      from[1] + t * (to[1] - from[1]),
      from[2] + t * (to[2] - from[2]),
      1,
    )
  }
  view.tintsChanged()
}
