import { type PerspectiveCamera, Plane, Raycaster, Vector2, Vector3 } from 'three'
import type { OrbitControls } from 'three/addons/controls/OrbitControls.js'
import type { Frames } from './frames.ts'
import type { ObjectView, TargetView } from './objects.ts'
import { type Hit, pickLink, rayCapsule, setRay, type WorldRay } from './picking.ts'
import type { RobotView } from './robot.ts'

/** A hand on a robot: pull this point of this link toward a point of the world. */
export interface PushRequest {
  readonly robot: string
  readonly link: string
  /** Grabbed point, link frame, m. */
  readonly point_b: readonly [number, number, number]
  readonly target_w: readonly [number, number, number]
}

/** Something put somewhere by hand. */
export interface PlaceRequest {
  readonly kind: 'object' | 'target'
  readonly name: string
  readonly pos_w: readonly [number, number, number]
}

/** What pointer gestures mean; the page turns these into calls. */
export interface PointerHandlers {
  /** Repeated about 30 times a second while a link is held. */
  onPush(push: PushRequest): void
  onPushEnd(): void
  onPlace(place: PlaceRequest): void
  /** Name of the link or object under the pointer; null: none. */
  onHover(name: string | null): void
}

/** What the pointer may touch. */
export interface PointerScene {
  readonly robots: () => readonly RobotView[]
  readonly objects: () => readonly ObjectView[]
  readonly targets: () => readonly TargetView[]
  /** What a click on the floor puts there; null: nothing. */
  readonly floorTarget: () => string | null
}

/** Pointer gestures on the canvas. */
export interface Pointer {
  /** What is being dragged, for the force line. */
  readonly push: { readonly from: Vector3; readonly to: Vector3 } | null
  readonly hover: Hit | null
  /** Renew a held push and keep its ends up to date. Returns true while something is held. */
  step(now_ms: number): boolean
  /** What the next click on the floor places instead of the first target. */
  armed: { readonly kind: 'object' | 'target'; readonly name: string } | null
  /** Off for spectators. */
  isEnabled: boolean
  dispose(): void
}

const clickMax_px = 5
const clickMax_ms = 400
const touchHold_ms = 250

type Drag =
  | { readonly kind: 'push'; readonly hit: Hit; readonly plane: Plane }
  | {
      readonly kind: 'place'
      readonly place: PlaceRequest
      readonly plane: Plane
      readonly grip: Vector3
      /** Through the air, facing the camera. */
      readonly isFree: boolean
    }
  | { readonly kind: 'orbit' }

/**
 * Left drag on a link pushes; a floating target is dragged as it is; Shift-drag moves a ball, hoop or
 * target over the ground; a click on the floor puts the first target there; everything else orbits. Alt-drag orbits even over a robot.
 */
export function createPointer(options: {
  readonly canvas: HTMLCanvasElement
  readonly camera: PerspectiveCamera
  readonly controls: OrbitControls
  readonly frames: Frames
  readonly scene: PointerScene
  readonly handlers: PointerHandlers
}): Pointer {
  const { canvas, camera, controls, frames, scene, handlers } = options
  const caster = new Raycaster()
  const at = new Vector2()
  const ray: WorldRay = { origin: new Vector3(), direction: new Vector3() }
  const from = new Vector3()
  const to = new Vector3()
  const view = new Vector3()
  const floor = new Plane(new Vector3(0, 0, 1), 0)
  const downAt = new Vector2()
  let down_ms = 0
  let drag: Drag | null = null
  let hover: Hit | null = null
  let lastSent_ms = 0
  let hoverName: string | null = null
  let hold: ReturnType<typeof setTimeout> | undefined

  function aim(e: PointerEvent): void {
    const box = canvas.getBoundingClientRect()
    at.set(
      ((e.clientX - box.left) / box.width) * 2 - 1,
      1 - ((e.clientY - box.top) / box.height) * 2,
    )
    caster.setFromCamera(at, camera)
    frames.toWorld(ray.origin.copy(caster.ray.origin))
    frames.toWorld(ray.direction.copy(caster.ray.direction)).normalize()
  }

  /** Where the ray meets a plane in world coordinates; false if it does not. */
  function meet(plane: Plane, out: Vector3): boolean {
    const d = plane.normal.dot(ray.direction)
    if (Math.abs(d) < 1e-6) return false
    const t = -(plane.normal.dot(ray.origin) + plane.constant) / d
    if (t < 0) return false
    out.copy(ray.origin).addScaledVector(ray.direction, t)
    return true
  }

  function grabbedPoint(hit: Hit, out: Vector3): Vector3 {
    const m = hit.robot.matrices(hit.link)
    const o = hit.copy * 16
    const p = hit.point_b
    return out.set(
      m[o] * p.x + m[o + 4] * p.y + m[o + 8] * p.z + m[o + 12],
      m[o + 1] * p.x + m[o + 5] * p.y + m[o + 9] * p.z + m[o + 13],
      m[o + 2] * p.x + m[o + 6] * p.y + m[o + 10] * p.z + m[o + 14],
    )
  }

  function beginPush(hit: Hit): void {
    grabbedPoint(hit, from)
    // The plane through the grabbed point that faces the camera, in world coordinates.
    frames.toWorld(camera.getWorldDirection(view))
    drag = { kind: 'push', hit, plane: new Plane().setFromNormalAndCoplanarPoint(view, from) }
    to.copy(from)
    lastSent_ms = 0
    canvas.style.cursor = 'grabbing'
  }

  /** The ball, hoop or target under the pointer: nearest column or sphere. */
  function pickPlaceable(): { place: PlaceRequest; z: number; grip: Vector3 } | null {
    let best: { place: PlaceRequest; z: number; grip: Vector3; t: number } | null = null
    const consider = (t: number, place: PlaceRequest, z: number, x: number, y: number): void => {
      if (t < 0 || (best && best.t <= t)) return
      best = { place, z, grip: new Vector3(x, y, 0), t }
    }
    for (const o of scene.objects()) {
      const p = o.node.position
      setRay(ray.origin, ray.direction)
      const top = Math.max(o.rimHeight, 0)
      const r = o.rimHeight > 0 ? 0.35 : Math.max(0.14, Math.min(o.radius, 0.6))
      const t = rayCapsule([p.x, p.y, p.z], [p.x, p.y, p.z + top], r)
      consider(
        t,
        { kind: 'object', name: o.description.name, pos_w: [p.x, p.y, p.z] },
        o.rimHeight > 0 ? p.z : Math.max(p.z, 0),
        p.x,
        p.y,
      )
    }
    for (const target of scene.targets()) {
      const p = target.node.position
      setRay(ray.origin, ray.direction)
      const t = rayCapsule([p.x, p.y, p.z], [p.x, p.y, p.z + 0.4], 0.3)
      consider(t, { kind: 'target', name: target.name, pos_w: [p.x, p.y, p.z] }, p.z, p.x, p.y)
    }
    return best
  }

  /** A target that floats in the air is dragged as it is, facing the camera. */
  function pickFree(): PlaceRequest | null {
    for (const o of scene.objects()) {
      if (o.description.look !== 'target') continue
      const p = o.node.position
      setRay(ray.origin, ray.direction)
      const r = Math.max(0.06, o.radius * 1.5)
      if (rayCapsule([p.x, p.y, p.z], [p.x, p.y, p.z], r) < 0) continue
      return { kind: 'object', name: o.description.name, pos_w: [p.x, p.y, p.z] }
    }
    return null
  }

  function onDown(e: PointerEvent): void {
    if (!e.isPrimary || drag) return
    aim(e)
    downAt.set(e.clientX, e.clientY)
    down_ms = e.timeStamp
    if (e.button !== 0 || e.altKey || !pointer.isEnabled) {
      drag = { kind: 'orbit' }
      return
    }
    if (e.shiftKey) {
      const picked = pickPlaceable()
      if (picked) {
        const plane = new Plane(new Vector3(0, 0, 1), -picked.z)
        const grip = new Vector3()
        if (meet(plane, grip)) grip.sub(picked.grip).setZ(0)
        drag = { kind: 'place', place: picked.place, plane, grip, isFree: false }
        take(e)
        return
      }
    }
    const free = pickFree()
    if (free && !pointer.armed) {
      frames.toWorld(camera.getWorldDirection(view))
      const at_w = new Vector3(...free.pos_w)
      const plane = new Plane().setFromNormalAndCoplanarPoint(view, at_w)
      drag = { kind: 'place', place: free, plane, grip: new Vector3(), isFree: true }
      take(e)
      return
    }
    const hit = pointer.armed
      ? null
      : pickLink(scene.robots(), ray, e.pointerType === 'touch' ? 0.05 : 0.02)
    if (hit && e.pointerType === 'touch') {
      // A finger that moves at once orbits; one that rests on the robot grabs it.
      hold = setTimeout(() => {
        controls.enabled = false
        beginPush(hit)
        canvas.setPointerCapture(e.pointerId)
      }, touchHold_ms)
      drag = { kind: 'orbit' }
      return
    }
    if (hit) {
      beginPush(hit)
      take(e)
      return
    }
    drag = { kind: 'orbit' }
  }

  /** Keep the gesture from the orbit controls. */
  function take(e: PointerEvent): void {
    controls.enabled = false
    canvas.setPointerCapture(e.pointerId)
  }

  function onMove(e: PointerEvent): void {
    aim(e)
    if (!drag) {
      updateHover(e)
      return
    }
    if (hold && downAt.distanceTo(at.set(e.clientX, e.clientY)) > clickMax_px) {
      clearTimeout(hold)
      hold = undefined
    }
    if (drag.kind === 'push') meet(drag.plane, to)
    else if (drag.kind === 'place' && meet(drag.plane, to)) {
      to.sub(drag.grip)
      place(drag, to, e.ctrlKey, e.timeStamp)
    }
  }

  function place(
    { place: what, isFree }: Extract<Drag, { kind: 'place' }>,
    p: Vector3,
    snaps: boolean,
    now_ms: number,
  ): void {
    if (now_ms - lastSent_ms < 33) return
    lastSent_ms = now_ms
    const snap = (x: number): number => (snaps ? Math.round(x * 20) / 20 : x)
    const z = isFree ? Math.max(0, snap(p.z)) : what.pos_w[2]
    handlers.onPlace({ ...what, pos_w: [snap(p.x), snap(p.y), z] })
  }

  function updateHover(e: PointerEvent): void {
    if (e.pointerType === 'touch') return
    hover = pickLink(scene.robots(), ray, 0.02)
    const placeable = e.shiftKey ? (pickPlaceable()?.place ?? null) : pickFree()
    const name = placeable?.name ?? (hover ? hover.robot.description.links[hover.link].name : null)
    canvas.style.cursor = placeable ? 'move' : hover && pointer.isEnabled ? 'grab' : ''
    if (name !== hoverName) handlers.onHover(name)
    hoverName = name
  }

  function onUp(e: PointerEvent): void {
    if (!e.isPrimary) return
    clearTimeout(hold)
    hold = undefined
    const was = drag
    drag = null
    controls.enabled = true
    canvas.style.cursor = ''
    if (was?.kind === 'push') handlers.onPushEnd()
    if (was?.kind === 'place' && e.type === 'pointerup') {
      aim(e)
      if (meet(was.plane, to)) place(was, to.sub(was.grip), e.ctrlKey, Number.POSITIVE_INFINITY)
    }
    const isClick =
      was?.kind === 'orbit' &&
      e.type === 'pointerup' &&
      e.button === 0 &&
      e.timeStamp - down_ms < clickMax_ms &&
      Math.hypot(e.clientX - downAt.x, e.clientY - downAt.y) < clickMax_px
    if (!isClick || !pointer.isEnabled) return
    aim(e)
    const target = scene.floorTarget()
    const what =
      pointer.armed ?? (target === null ? null : { kind: 'target' as const, name: target })
    if (!what || !meet(floor, to)) return
    const object = scene.objects().find((o) => o.description.name === what.name)
    // A dropped ball should not start inside the floor.
    const z = object && object.rimHeight === 0 ? object.radius : 0
    pointer.armed = null
    handlers.onPlace({ ...what, pos_w: [to.x, to.y, z] })
  }

  canvas.addEventListener('pointerdown', onDown, { capture: true })
  canvas.addEventListener('pointermove', onMove)
  canvas.addEventListener('pointerup', onUp)
  canvas.addEventListener('pointercancel', onUp)

  const pushView = { from, to }
  const pointer: Pointer = {
    isEnabled: true,
    armed: null,
    get push() {
      return drag?.kind === 'push' ? pushView : null
    },
    get hover() {
      return drag?.kind === 'push' ? drag.hit : hover
    },
    step(now_ms) {
      if (drag?.kind !== 'push') return drag !== null
      const { hit } = drag
      grabbedPoint(hit, from)
      if (now_ms - lastSent_ms >= 33) {
        lastSent_ms = now_ms
        handlers.onPush({
          robot: hit.robot.description.id,
          link: hit.robot.description.links[hit.link].name,
          point_b: [hit.point_b.x, hit.point_b.y, hit.point_b.z],
          target_w: [to.x, to.y, to.z],
        })
      }
      return true
    },
    dispose() {
      clearTimeout(hold)
      canvas.removeEventListener('pointerdown', onDown, { capture: true })
      canvas.removeEventListener('pointermove', onMove)
      canvas.removeEventListener('pointerup', onUp)
      canvas.removeEventListener('pointercancel', onUp)
    },
  }
  return pointer
}
