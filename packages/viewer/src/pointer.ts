import { type PerspectiveCamera, type Plane, Vector2, Vector3 } from 'three'
import type { OrbitControls } from 'three/addons/controls/OrbitControls.js'
import { createAim, levelAt } from './aim.ts'
import type { Frames } from './frames.ts'
import type { GoalHandle } from './goal-marks.ts'
import type { ObjectView, TargetView } from './objects.ts'
import { type Hit, pickLink, pointOf, type WorldRay } from './picking.ts'
import { type PlaceRequest, pickFloating, pickPlaceable } from './placeables.ts'
import type { RobotView } from './robot.ts'
import type { Gestures } from './viewer-interface.ts'

/** A hand on a robot: pull this point of this link toward a point of the world. */
export interface PushRequest {
  readonly robot: string
  readonly link: string
  /** Grabbed point, link frame, m. */
  readonly point_b: readonly [number, number, number]
  readonly target_w: readonly [number, number, number]
}

/** What a skill is told from now on: some of the numbers of its goal. */
export interface GoalRequest {
  readonly skill: string
  readonly goal: Readonly<Record<string, number>>
}

/** A part of the first robot, or a thing of the scene. */
export interface Picked {
  readonly kind: 'link' | 'object' | 'target'
  readonly name: string
}

/** What pointer gestures mean; the page turns these into calls. */
export interface PointerHandlers {
  /** Repeated about 30 times a second while a link is held. */
  onPush(push: PushRequest): void
  onPushEnd(): void
  onPlace(place: PlaceRequest): void
  onGoal(goal: GoalRequest): void
  /** Clicked; null: on nothing. */
  onSelect(picked: Picked | null): void
  /** Look at this point of the world, m. */
  onFocus(point_w: Vector3): void
  /** Name of the link or object under the pointer; null: none. */
  onHover(name: string | null): void
}

/** What the pointer may touch. */
export interface PointerScene {
  readonly robots: () => readonly RobotView[]
  readonly objects: () => readonly ObjectView[]
  readonly targets: () => readonly TargetView[]
  /** The goal mark that a ray meets. */
  readonly goalAt: (ray: WorldRay) => GoalHandle | null
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
  /** None for spectators. */
  gestures: Gestures
  dispose(): void
}

const clickMax_px = 5
/** A press on a link that rests this long is no click: it pulls. */
const pullAfter_ms = 400
const touchHold_ms = 250

type Drag =
  | { readonly kind: 'push'; readonly hit: Hit; readonly plane: Plane; pulls: boolean }
  | {
      readonly kind: 'place'
      readonly place: PlaceRequest
      readonly plane: Plane
      readonly grip: Vector3
      /** Through the air, facing the camera. */
      readonly isFree: boolean
    }
  | { readonly kind: 'goal'; readonly handle: GoalHandle; readonly plane: Plane }
  | { readonly kind: 'orbit' }

/**
 * Left drag on a link pushes; a floating target or a goal of a skill is dragged as it is; Shift-drag moves a ball,
 * hoop or target over the ground; a click selects a link or a thing, and on the floor puts the first target there;
 * everything else orbits. Alt-drag orbits even over a robot; a double click on a link looks at it.
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
  const aim = createAim(canvas, camera, frames)
  const { ray, meet } = aim
  const from = new Vector3()
  const to = new Vector3()
  const floor = levelAt(0)
  const downAt = new Vector2()
  const at = new Vector2()
  let down_ms = 0
  let drag: Drag | null = null
  let hover: Hit | null = null
  let lastSent_ms = 0
  let hoverName: string | null = null
  let hold: ReturnType<typeof setTimeout> | undefined

  function beginPush(hit: Hit, pulls: boolean): void {
    pointOf(hit, from)
    drag = { kind: 'push', hit, plane: aim.facing(from), pulls }
    to.copy(from)
    lastSent_ms = 0
    canvas.style.cursor = 'grabbing'
  }

  /** The goal under the pointer, unless a link is before it. */
  function goalInFront(hit: Hit | null): GoalHandle | null {
    const handle = scene.goalAt(ray)
    return handle && hit && hit.distance < handle.distance ? null : handle
  }

  /** What a press means, seen from the nearest to the farthest; null: to turn the view, or a click. */
  function grab(e: PointerEvent): Drag | null {
    const { world, goals } = pointer.gestures
    if (world && e.shiftKey) {
      const picked = pickPlaceable(ray, scene.objects(), scene.targets())
      if (picked) {
        const plane = levelAt(picked.z)
        const grip = new Vector3()
        if (meet(plane, grip)) grip.sub(picked.grip).setZ(0)
        return { kind: 'place', place: picked.place, plane, grip, isFree: false }
      }
    }
    if (pointer.armed) return null
    const free = world ? pickFloating(ray, scene.objects()) : null
    if (free) {
      const plane = aim.facing(to.set(...free.pos_w))
      return { kind: 'place', place: free, plane, grip: new Vector3(), isFree: true }
    }
    const handle = goals ? goalInFront(pickLink(scene.robots(), ray, 0)) : null
    if (!handle) return null
    const { at_w } = handle
    const plane = handle.moves === 'level' ? levelAt(at_w.z) : aim.facing(at_w)
    return { kind: 'goal', handle, plane }
  }

  function onDown(e: PointerEvent): void {
    if (!e.isPrimary || drag) return
    aim.at(e)
    downAt.set(e.clientX, e.clientY)
    down_ms = e.timeStamp
    if (e.button !== 0 || e.altKey) {
      drag = { kind: 'orbit' }
      return
    }
    const grabbed = grab(e)
    if (grabbed) {
      drag = grabbed
      lastSent_ms = 0
      take(e)
      return
    }
    const hit =
      pointer.armed || !pointer.gestures.world
        ? null
        : pickLink(scene.robots(), ray, e.pointerType === 'touch' ? 0.05 : 0.02)
    if (hit && e.pointerType === 'touch') {
      // A finger that moves at once orbits; one that rests on the robot grabs it.
      hold = setTimeout(() => {
        controls.enabled = false
        beginPush(hit, true)
        canvas.setPointerCapture(e.pointerId)
      }, touchHold_ms)
      drag = { kind: 'orbit' }
      return
    }
    if (hit) {
      beginPush(hit, false)
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
    aim.at(e)
    if (!drag) {
      updateHover(e)
      return
    }
    const hasMoved = downAt.distanceTo(at.set(e.clientX, e.clientY)) > clickMax_px
    if (hold && hasMoved) {
      clearTimeout(hold)
      hold = undefined
    }
    if (drag.kind === 'push') {
      drag.pulls ||= hasMoved
      meet(drag.plane, to)
    } else if (drag.kind === 'place' && meet(drag.plane, to)) {
      to.sub(drag.grip)
      place(drag, to, e.ctrlKey, e.timeStamp)
    } else if (drag.kind === 'goal' && meet(drag.plane, to)) aimSkill(drag.handle, e.timeStamp)
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

  function aimSkill({ skill, read }: GoalHandle, now_ms: number): void {
    if (now_ms - lastSent_ms < 33) return
    lastSent_ms = now_ms
    handlers.onGoal({ skill, goal: read(to) })
  }

  function updateHover(e: PointerEvent): void {
    if (e.pointerType === 'touch') return
    hover = pickLink(scene.robots(), ray, 0.02)
    const { world, goals } = pointer.gestures
    const placeable = e.shiftKey
      ? pickPlaceable(ray, scene.objects(), scene.targets())?.place
      : pickFloating(ray, scene.objects())
    const goal = goals && !e.shiftKey ? goalInFront(hover) : null
    const link = hover?.robot.description.links[hover.link].name
    const name = placeable?.name ?? goal?.name ?? link ?? null
    canvas.style.cursor = goal || (world && placeable) ? 'move' : world && hover ? 'grab' : ''
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
    if (was?.kind === 'push' && was.pulls) handlers.onPushEnd()
    if (!was || e.type !== 'pointerup') return
    aim.at(e)
    const last = Number.POSITIVE_INFINITY
    if (was.kind === 'goal' && meet(was.plane, to)) aimSkill(was.handle, last)
    else if (isClick(e, was)) onClick(was)
    else if (was.kind === 'place' && meet(was.plane, to)) {
      place(was, to.sub(was.grip), e.ctrlKey, last)
    }
  }

  /** However long it took, unless it pulled: hands and machines may be slow. */
  const isClick = (e: PointerEvent, was: Drag): boolean =>
    e.button === 0 &&
    !(was.kind === 'push' && was.pulls) &&
    Math.hypot(e.clientX - downAt.x, e.clientY - downAt.y) < clickMax_px

  function onClick(was: Drag): void {
    const picked = pointer.armed ? null : pick(was)
    if (picked) handlers.onSelect(picked)
    else if (!pointer.gestures.world || !placeOnFloor()) handlers.onSelect(null)
  }

  /** What a click means: what was held, or the nearest link or thing under it. */
  function pick(was: Drag): Picked | null {
    if (was.kind === 'place') return { kind: was.place.kind, name: was.place.name }
    const hit = was.kind === 'push' ? was.hit : pickLink(scene.robots(), ray, 0.02)
    const thing = pickPlaceable(ray, scene.objects(), scene.targets(), 'seen')
    if (thing && thing.distance < (hit?.distance ?? Number.POSITIVE_INFINITY)) {
      return { kind: thing.place.kind, name: thing.place.name }
    }
    if (!hit || hit.robot !== scene.robots()[0]) return null
    return { kind: 'link', name: hit.robot.description.links[hit.link].name }
  }

  /** Put what is armed, or the first target, where the floor was clicked; false: there is nothing to put there. */
  function placeOnFloor(): boolean {
    const target = scene.floorTarget()
    const what =
      pointer.armed ?? (target === null ? null : { kind: 'target' as const, name: target })
    if (!what || !meet(floor, to)) return false
    const object = scene.objects().find((o) => o.description.name === what.name)
    // A dropped ball should not start inside the floor.
    const z = object && object.rimHeight === 0 ? object.radius : 0
    pointer.armed = null
    handlers.onPlace({ ...what, pos_w: [to.x, to.y, z] })
    return true
  }

  function onDoubleClick(e: MouseEvent): void {
    aim.at(e)
    const hit = pickLink(scene.robots(), ray, 0.05)
    if (hit) handlers.onFocus(pointOf(hit, new Vector3()))
  }

  canvas.addEventListener('pointerdown', onDown, { capture: true })
  canvas.addEventListener('pointermove', onMove)
  canvas.addEventListener('pointerup', onUp)
  canvas.addEventListener('pointercancel', onUp)
  canvas.addEventListener('dblclick', onDoubleClick)

  const pushView = { from, to }
  const pointer: Pointer = {
    gestures: { world: true, goals: false },
    armed: null,
    get push() {
      return drag?.kind === 'push' && drag.pulls ? pushView : null
    },
    get hover() {
      return drag?.kind === 'push' ? drag.hit : hover
    },
    step(now_ms) {
      if (drag?.kind !== 'push') return drag !== null
      const { hit } = drag
      drag.pulls ||= now_ms - down_ms > pullAfter_ms
      if (!drag.pulls) return true
      pointOf(hit, from)
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
      canvas.removeEventListener('dblclick', onDoubleClick)
    },
  }
  return pointer
}
