import type { Scene, SceneObject } from '@skillweave/model'

/** The balls of `--ball`. */
export const balls = {
  /**
   * Size 7 by the rules: 0.62 kg, and a fall from 1.80 m returns to 1.035–1.085 m. The damping of its spin
   * is its rolling resistance: set rolling at 2 m/s it comes to rest after about 10 m.
   */
  regulation: { mass: 0.62, restitution: 0.75, angularDamping: 0.5 },
  /** The one SkillMimic trains with. */
  paper: { mass: 7.24, restitution: 0.81, angularDamping: 0.01 },
} as const

export type BallKind = keyof typeof balls

/** m */
export const ballRadius = 0.12

/** Wooden floor; restitution averages with the ball's. */
export const courtGround: Scene['ground'] = { friction: 1, restitution: 0.8 }

export function ballObject(kind: BallKind): SceneObject {
  const { mass, restitution, angularDamping } = balls[kind]
  return {
    name: 'ball',
    motion: 'dynamic',
    mass,
    geoms: [{ type: 'sphere', pos: [0, 0, 0], radius: ballRadius }],
    friction: 0.8,
    restitution,
    linearDamping: 0.01,
    angularDamping,
    ccd: true,
    look: 'ball',
  }
}
