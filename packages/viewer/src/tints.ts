import { type BodyValues, linearRgb, type RobotView } from './robot.ts'

/**
 * How shells are coloured: limbs by family, links by the skills that drive them, or by how near their joints are
 * to what is too much; in a grid, copies by how well they do.
 */
export type ColorMode = 'family' | 'skill' | 'load' | 'return'

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

/** From the worst to the best copy: in lightness too, so that nobody has to tell hues apart. */
const returnRgb: readonly Rgb[] = ['#3b2f8f', '#1f9e89', '#fde725'].map(linearRgb)

/** The whole of each copy takes the colour of its return. `tint`: 0 worst … 1 best, [copies]. */
export function tintByReturn(view: RobotView, tint: ArrayLike<number>): void {
  for (let c = 0; c < view.copies; c++) {
    const [r, g, b] = between(returnRgb, tint[c] ?? 0)
    for (let i = 0; i < view.description.links.length; i++) view.tint(c, i, r, g, b, 1)
  }
  view.tintsChanged()
}

/** A colour on a scale of three. `t`: 0…1. */
function between(scale: readonly Rgb[], t: number): Rgb {
  const half = t < 0.5 ? 0 : 1
  const [from, to] = [scale[half], scale[half + 1]]
  const u = 2 * t - half
  return [
    from[0] + u * (to[0] - from[0]),
    from[1] + u * (to[1] - from[1]),
    from[2] + u * (to[2] - from[2]),
  ]
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
    const [r, g, b] = between(loadRgb, load)
    view.tint(0, i, r, g, b, 1)
  }
  view.tintsChanged()
}
