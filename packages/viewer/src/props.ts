import type { SceneDescription, WorldMessage } from '@skillweave/protocol'
import { Vector3 } from 'three'
import type { Frames } from './frames.ts'
import { createObjectView, createTargetView, type ObjectView, type TargetView } from './objects.ts'
import type { SceneColors } from './palette.ts'
import type { Quality } from './quality.ts'
import type { BodyValues } from './robot.ts'

/** Objects and targets of the scene as drawn. */
export interface Props {
  readonly objects: readonly ObjectView[]
  readonly targets: readonly TargetView[]
  setScene(scene: SceneDescription): void
  setTargets(targets: WorldMessage['targets']): void
  /** Draw everything anew in these looks, where it is. */
  paint(looks: { readonly quality: Quality; readonly colors: SceneColors }): void
  /** Move objects to the values of a frame. `onHoop` hears where a hoop stands, and its yaw. */
  move(values: BodyValues, onHoop: (pos: Vector3, yaw: number) => void): void
  /** The first target that stands on the floor: a marked place, or a hoop. What floats is dragged. */
  floorTarget(): string | null
  swingNets(velocity_w: readonly [number, number, number]): void
  /** Advance animations. Returns true while an object moves by itself. */
  step(dt_s: number): boolean
  dispose(): void
}

export function createProps(
  frames: Frames,
  looks: { readonly quality: Quality; readonly colors: SceneColors },
): Props {
  let { quality, colors } = looks
  let objects: ObjectView[] = []
  let targets: TargetView[] = []
  let scene: SceneDescription | null = null
  let wanted: WorldMessage['targets'] = []

  /** A target that is an object of the scene, such as the hoop, marks itself. */
  const marked = (): WorldMessage['targets'] =>
    wanted.filter((t) => !scene?.objects.some((o) => o.name === t.name))

  function buildObjects(): void {
    const old = new Map(objects.map((o) => [o.description.name, o]))
    objects = (scene?.objects ?? []).map((description) => {
      const view = createObjectView(description, quality, colors)
      const before = old.get(description.name)
      if (before) {
        view.node.position.copy(before.node.position)
        view.node.quaternion.copy(before.node.quaternion)
      }
      view.node.visible = before?.node.visible ?? false
      frames.root.add(view.node)
      return view
    })
    for (const o of old.values()) o.dispose()
  }

  function buildTargets(): void {
    for (const t of targets) t.dispose()
    targets = marked().map((t) => {
      const view = createTargetView(t.name, colors)
      view.node.position.set(...t.pos_w)
      frames.root.add(view.node)
      return view
    })
  }

  return {
    get objects() {
      return objects
    },
    get targets() {
      return targets
    },
    setScene(next) {
      scene = next
      buildObjects()
    },
    setTargets(next) {
      wanted = next
      const now = marked()
      const isSame =
        now.length === targets.length && now.every((t, i) => t.name === targets[i].name)
      if (!isSame) buildTargets()
      for (let i = 0; i < targets.length; i++) targets[i].node.position.set(...now[i].pos_w)
    },
    paint(next) {
      quality = next.quality
      colors = next.colors
      buildObjects()
      buildTargets()
    },
    move({ objectPos_w: pos, objectQuat_w: quat }, onHoop) {
      if (!pos || !quat) return
      for (let i = 0; i < objects.length && 3 * i + 2 < pos.length; i++) {
        const { node, description } = objects[i]
        node.position.set(pos[3 * i], pos[3 * i + 1], pos[3 * i + 2])
        node.quaternion.set(quat[4 * i], quat[4 * i + 1], quat[4 * i + 2], quat[4 * i + 3])
        node.visible = true
        if (description.look !== 'hoop') continue
        const { x, y, z, w } = node.quaternion
        onHoop(node.position, Math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)))
      }
    },
    floorTarget() {
      const onFloor = wanted.find((t) => {
        const object = scene?.objects.find((o) => o.name === t.name)
        return object === undefined || object.look === 'hoop'
      })
      return onFloor?.name ?? null
    },
    swingNets(velocity_w) {
      for (const o of objects) {
        if (o.rimHeight === 0) continue
        o.swing(new Vector3(...velocity_w).applyQuaternion(o.node.quaternion.clone().invert()))
      }
    },
    step(dt_s) {
      let isMoving = false
      for (const o of objects) if (o.step(dt_s)) isMoving = true
      return isMoving
    },
    dispose() {
      for (const o of objects) o.dispose()
      for (const t of targets) t.dispose()
    },
  }
}
