import { dofCount, type Joint, type Robot, type Scene } from '@skillweave/model'

/** Where in MuJoCo's arrays a world keeps what. */
export interface WorldLayout {
  /** Where the joints' coordinates begin: after the base's, when it floats. */
  readonly qposAt: number
  /** Where the joints' rates begin. */
  readonly qvelAt: number
  /** Where each object's coordinates are: in qpos and qvel, or in the mocap arrays. */
  readonly objects: readonly {
    readonly qpos: number
    readonly qvel: number
    readonly mocap: number
  }[]
}

export function layoutOf({ model }: Robot, { objects }: Scene): WorldLayout {
  const isFloating = model.base === 'floating'
  const qposAt = isFloating ? 7 : 0
  const qvelAt = isFloating ? 6 : 0
  let qpos = qposAt + model.joints.reduce((n, j) => n + coordinates(j), 0)
  let qvel = qvelAt + dofCount(model)
  let mocap = 0
  return {
    qposAt,
    qvelAt,
    objects: objects.map(({ motion }) => {
      const at = { qpos, qvel, mocap }
      if (motion === 'dynamic') {
        qpos += 7
        qvel += 6
      } else mocap++
      return at
    }),
  }
}

/** Numbers of a joint in qpos. */
export const coordinates = (joint: Joint): number => (joint.type === 'spherical' ? 4 : 1)
