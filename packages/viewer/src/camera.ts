import { PerspectiveCamera, Spherical, Vector3 } from 'three'
import { OrbitControls } from 'three/addons/controls/OrbitControls.js'
import type { Frames } from './frames.ts'

/** Ways to look, in the order of the C key. */
export const cameraModes = [
  'follow',
  'chase',
  'shoulder',
  'eyes',
  'side',
  'front',
  'top',
  'hoop',
] as const

export type CameraMode = (typeof cameraModes)[number]

/** What the camera watches, world coordinates. */
export interface Subject {
  /** The robot's base. */
  readonly pos: Vector3
  /** Where it faces, rad. */
  yaw: number
  /** Height of the point to look at, m. */
  height: number
  /** From how far it is seen whole, m. */
  distance: number
  /** Height of its eyes above its base, m; null: it has none to look through. */
  eyeHeight: number | null
  /** The hoop, if there is one: ground point below it. */
  hoop: Vector3 | null
}

/** Orbit camera that follows the robot and never fights the hand. */
export interface CameraRig {
  readonly camera: PerspectiveCamera
  readonly controls: OrbitControls
  mode: CameraMode
  follows: boolean
  /** Ease to a way of looking. */
  go(mode: CameraMode): void
  /** The first view: robot left of the middle, hoop in sight. Also what Home does. */
  home(options: { readonly ease: boolean; readonly from?: number }): void
  /**
   * Stand here and look there, world; following keeps this distance. `waits`: the robot is still to
   * come, and its first view must not take the camera away.
   */
  put(at_w: Vector3, target_w: Vector3, options: { readonly waits: boolean }): void
  /** Look at a world point from now on, from the same side. */
  lookAt(point_w: Vector3): void
  /** Advance. Returns true if the picture changed. */
  step(dt_s: number, subject: Subject): boolean
  resize(aspect: number): void
  /** Duration of eases, s; 0 for reduced motion. */
  ease_s: number
  dispose(): void
}

const followTime_s = 0.35
const chaseTime_s = 1
const rideTime_s = 0.3

/** Carried by the robot, not turned around it. */
const isRidden = (mode: CameraMode): boolean => mode === 'shoulder' || mode === 'eyes'

/** Make the camera; drags on `element` orbit it. */
export function createCameraRig(element: HTMLElement, frames: Frames): CameraRig {
  const camera = new PerspectiveCamera(35, 1, 0.05, 140)
  camera.position.set(2.6, 1.5, 3.2)
  const controls = new OrbitControls(camera, element)
  controls.maxPolarAngle = Math.PI / 2 - 0.02
  controls.minDistance = 0.4
  controls.maxDistance = 30
  controls.screenSpacePanning = true
  const target = new Vector3(0, 0.95, 0)
  const wanted = new Vector3()
  const offset = new Vector3()
  const spherical = new Spherical()
  const goal = new Spherical()
  const start = new Spherical()
  const shift = new Vector3()
  const lastPosition = new Vector3()
  const lastTarget = new Vector3()
  let easeLeft_s = 0
  let easeTotal_s = 0
  let lastYaw = Number.NaN
  let rideYaw = Number.NaN
  let drawnAspect = Number.NaN
  let isPlaced = false
  /** Put somewhere: following starts from there, once the robot is where it is. */
  let pin: 'until-home' | 'now' | null = null
  let homeDistance = 3.7
  let pending: { ease: boolean; from?: number } | null = { ease: true, from: 6 }

  const rig: CameraRig = {
    camera,
    controls,
    mode: 'follow',
    follows: true,
    ease_s: 0.4,
    go(mode) {
      rig.mode = mode
      rig.follows = true
      easeLeft_s = easeTotal_s = Math.max(1e-3, rig.ease_s)
      start.setFromVector3(offset.copy(camera.position).sub(controls.target))
      lastYaw = Number.NaN
      rideYaw = Number.NaN
    },
    home(options) {
      if (pin === 'until-home' && options.from !== undefined) {
        pin = 'now'
        return
      }
      rig.mode = 'follow'
      rig.follows = true
      pending = options
    },
    put(at_w, target_w, { waits }) {
      pending = null
      isPlaced = true
      easeLeft_s = 0
      camera.position.copy(frames.toView(at_w))
      controls.target.copy(frames.toView(target_w))
      pin = waits ? 'until-home' : 'now'
    },
    lookAt(point_w) {
      if (isRidden(rig.mode)) rig.mode = 'follow'
      easeLeft_s = 0
      const to = frames.toView(wanted.copy(point_w))
      camera.position.add(to.clone().sub(controls.target))
      controls.target.copy(to)
    },
    step(dt, subject) {
      if (pending) place(subject, pending)
      pending = null
      if (rig.follows && isRidden(rig.mode)) {
        ride(dt, subject)
        return update()
      }
      if (rig.follows) follow(dt, subject)
      if (easeLeft_s > 0) ease(dt, subject)
      else if (rig.follows && rig.mode === 'chase') chase(dt, subject)
      return update()
    },
    resize(aspect) {
      camera.aspect = aspect
      setLens()
    },
    dispose() {
      controls.dispose()
    },
  }

  controls.addEventListener('start', () => {
    easeLeft_s = 0
    if (rig.mode !== 'follow') rig.mode = 'follow'
    setLens()
  })

  /** A phone held upright keeps the robot whole by opening the lens; eyes see wide. */
  function setLens(): void {
    const fov = rig.mode === 'eyes' ? 65 : camera.aspect < 1 ? 48 : 35
    if (camera.fov === fov && camera.aspect === drawnAspect) return
    camera.fov = fov
    drawnAspect = camera.aspect
    camera.updateProjectionMatrix()
  }

  /** What holds for every view. Returns whether the picture changed. */
  function update(): boolean {
    setLens()
    camera.position.y = Math.max(camera.position.y, 0.08)
    controls.zoomToCursor = !rig.follows
    controls.update()
    const moved =
      lastPosition.distanceToSquared(camera.position) > 1e-10 ||
      lastTarget.distanceToSquared(controls.target) > 1e-10
    lastPosition.copy(camera.position)
    lastTarget.copy(controls.target)
    return moved
  }

  /** On the robot's shoulder or behind its eyes: carried along, turned with its heading. */
  function ride(dt: number, subject: Subject): void {
    aim(subject, target)
    rideYaw = Number.isNaN(rideYaw)
      ? subject.yaw
      : rideYaw + wrap(subject.yaw - rideYaw) * (1 - Math.exp(-dt / rideTime_s))
    const [cos, sin] = [Math.cos(rideYaw), Math.sin(rideYaw)]
    /** Ahead, to the left and up from the base, in view coordinates. */
    const from = (out: Vector3, ahead: number, left: number, height: number): Vector3 =>
      frames.toView(
        out.set(
          subject.pos.x + cos * ahead - sin * left,
          subject.pos.y + sin * ahead + cos * left,
          subject.pos.z + height,
        ),
      )
    const eye = subject.eyeHeight ?? 0
    const k = easeLeft_s > dt ? dt / easeLeft_s : 1
    easeLeft_s = Math.max(0, easeLeft_s - dt)
    if (rig.mode === 'eyes') {
      camera.position.lerp(from(offset, 0.16, 0, eye), k)
      controls.target.lerp(from(wanted, 1.2, 0, eye - 0.25), k)
    } else {
      camera.position.lerp(from(offset, -1.5 * eye - 0.4, -0.7 * eye, eye + 0.25), k)
      controls.target.lerp(from(wanted, 2, -0.2 * eye, eye - 0.3), k)
    }
  }

  /** Where to look: the robot, shifted toward the hoop so that both are in the picture. */
  function aim(subject: Subject, out: Vector3): Vector3 {
    out.set(subject.pos.x, subject.pos.y, subject.height)
    return frames.toView(out)
  }

  function place(subject: Subject, options: { ease: boolean; from?: number }): void {
    const toHoop = subject.hoop
      ? Math.atan2(subject.hoop.y - subject.pos.y, subject.hoop.x - subject.pos.x)
      : subject.yaw
    // From behind the side, so that the robot is large and the hoop in the picture.
    const azimuth = subject.hoop ? toHoop - 2.35 : toHoop - 0.7
    homeDistance = subject.distance
    aim(subject, target)
    controls.target.copy(target)
    let radius = homeDistance
    if (subject.hoop && camera.aspect > 1.2) {
      const far = Math.min(
        4,
        Math.hypot(subject.hoop.x - subject.pos.x, subject.hoop.y - subject.pos.y),
      )
      shift.set(Math.cos(toHoop) * far * 0.3, Math.sin(toHoop) * far * 0.3, 0.36)
      controls.target.add(frames.toView(shift))
      radius = homeDistance + 0.5 * far
    }
    // A crowd is looked at from above, one robot in the face.
    const elevation = subject.hoop ? 0.05 : radius > 8 ? 0.5 : 0.2
    setWorldSpherical(goal, azimuth, elevation, radius)
    start.copy(goal)
    start.radius = options.from ? Math.max(options.from, radius * 1.5) : radius
    if (!options.ease || rig.ease_s === 0) start.copy(goal)
    if (isPlaced) start.setFromVector3(offset.copy(camera.position).sub(controls.target))
    isPlaced = true
    camera.position.copy(controls.target).add(offset.setFromSpherical(start))
    easeLeft_s = easeTotal_s = options.ease
      ? Math.max(1e-3, rig.ease_s * (options.from ? 4 : 1))
      : 1e-3
    rig.mode = 'follow'
  }

  /** Low-passed, from real time: the same at any frame rate. */
  function follow(dt: number, subject: Subject): void {
    aim(subject, wanted)
    if (pin !== null) {
      target.copy(wanted)
      if (pin === 'now') pin = null
      return
    }
    const k = 1 - Math.exp(-dt / followTime_s)
    shift.copy(wanted).sub(target)
    // A reset moves the robot far at once; there is nothing to glide along.
    if (shift.length() < 3) shift.multiplyScalar(k)
    target.add(shift)
    controls.target.add(shift)
    camera.position.add(shift)
  }

  function goalOf(subject: Subject): void {
    const distance = homeDistance
    switch (rig.mode) {
      case 'chase':
        setWorldSpherical(goal, subject.yaw + Math.PI, 0.3, distance)
        break
      case 'side':
        setWorldSpherical(goal, subject.yaw - Math.PI / 2, 0.12, distance)
        break
      case 'front':
        setWorldSpherical(goal, subject.yaw - 0.35, 0.16, distance * 0.8)
        break
      case 'top':
        setWorldSpherical(goal, subject.yaw + Math.PI, 1.35, distance * 1.5)
        break
      case 'hoop': {
        const h = subject.hoop
        const azimuth = h
          ? Math.atan2(h.y - subject.pos.y, h.x - subject.pos.x) - 0.2
          : subject.yaw + 0.5
        const far = h ? h.distanceTo(subject.pos) + 1.6 : distance
        setWorldSpherical(goal, azimuth, 0.36, far)
        break
      }
      default:
        break
    }
  }

  function ease(dt: number, subject: Subject): void {
    if (rig.mode !== 'follow') {
      goalOf(subject)
      shift
        .copy(target)
        .sub(controls.target)
        .multiplyScalar(1 - Math.exp(-dt / 0.12))
      controls.target.add(shift)
      camera.position.add(shift)
    }
    easeLeft_s = Math.max(0, easeLeft_s - dt)
    const t = 1 - easeLeft_s / easeTotal_s
    const k = 1 - (1 - t) ** 3
    spherical.radius = start.radius + (goal.radius - start.radius) * k
    spherical.phi = start.phi + (goal.phi - start.phi) * k
    spherical.theta = start.theta + wrap(goal.theta - start.theta) * k
    camera.position.copy(controls.target).add(offset.setFromSpherical(spherical))
  }

  function chase(dt: number, subject: Subject): void {
    if (!Number.isNaN(lastYaw)) {
      goalOf(subject)
      spherical.setFromVector3(offset.copy(camera.position).sub(controls.target))
      spherical.theta += wrap(goal.theta - spherical.theta) * (1 - Math.exp(-dt / chaseTime_s))
      camera.position.copy(controls.target).add(offset.setFromSpherical(spherical))
    }
    lastYaw = subject.yaw
  }

  /** A direction in world terms: azimuth from world x, elevation above the ground. */
  function setWorldSpherical(out: Spherical, azimuth: number, elevation: number, r: number): void {
    offset.set(
      Math.cos(azimuth) * Math.cos(elevation),
      Math.sin(azimuth) * Math.cos(elevation),
      Math.sin(elevation),
    )
    out.setFromVector3(frames.toView(offset.multiplyScalar(r)))
  }

  return rig
}

const wrap = (a: number): number => a - 2 * Math.PI * Math.round(a / (2 * Math.PI))
