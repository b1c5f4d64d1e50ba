import { dofCount, type Joint, type Robot, type Scene, type SceneObject } from '@skillweave/model'

/** Where in MuJoCo's arrays a world keeps what. */
export interface WorldLayout {
  /** Where the joints' coordinates begin: after the base's, when it floats. */
  readonly qposAt: number
  /** Where the joints' rates begin. */
  readonly qvelAt: number
  /** In scene order. */
  readonly objects: readonly ObjectLayout[]
}

/** An object's body, and where its coordinates are: in qpos and qvel, or in the mocap arrays. */
export interface ObjectLayout {
  readonly body: number
  readonly qpos: number
  readonly qvel: number
  readonly mocap: number
}

export function layoutOf({ model }: Robot, { objects }: Scene): WorldLayout {
  const isFloating = model.base === 'floating'
  const qposAt = isFloating ? 7 : 0
  const qvelAt = isFloating ? 6 : 0
  let body = 1 + model.links.length
  let qpos = qposAt + model.joints.reduce((n, j) => n + coordinates(j), 0)
  let qvel = qvelAt + dofCount(model)
  let mocap = 0
  const layouts: ObjectLayout[] = []
  for (const i of bodyOrder(objects)) {
    layouts[i] = { body: body++, qpos, qvel, mocap }
    const { motion, hinge } = objects[i]
    if (motion === 'kinematic') mocap++
    else if (hinge) {
      qpos++
      qvel++
    } else {
      qpos += 7
      qvel += 6
    }
  }
  return { qposAt, qvelAt, objects: layouts }
}

/** Indices of objects as MuJoCo counts bodies: each is followed by those that hang on it. */
function bodyOrder(objects: readonly SceneObject[]): number[] {
  const withHanging = (i: number): number[] => [
    i,
    ...hangingOn(objects, objects[i].name).flatMap(withHanging),
  ]
  return objects.flatMap((object, i) => (object.hinge ? [] : withHanging(i)))
}

/** Indices of the objects that hang on the one of this name. */
export const hangingOn = (objects: readonly SceneObject[], name: string): number[] =>
  objects.flatMap(({ hinge }, i) => (hinge?.on === name ? [i] : []))

/** Numbers of a joint in qpos. */
export const coordinates = (joint: Joint): number => (joint.type === 'spherical' ? 4 : 1)
