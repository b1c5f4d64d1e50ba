import type {
  RobotDescription,
  SceneDescription,
  SkillDescription,
  WorldMessage,
} from '@skillweave/protocol'
import {
  Color,
  Fog,
  type Material,
  NeutralToneMapping,
  PCFShadowMap,
  Scene,
  Vector3,
  WebGLRenderer,
} from 'three'
import { createBlobs } from './blobs.ts'
import { type CameraMode, cameraModes, createCameraRig, type Subject } from './camera.ts'
import { createForceLine } from './force-line.ts'
import { createFrames } from './frames.ts'
import { createGround } from './ground.ts'
import { createLights } from './lights.ts'
import { createMarks, type ShownMarks } from './marks.ts'
import { shellMaterial } from './materials.ts'
import { createObjectView, createTargetView, type ObjectView, type TargetView } from './objects.ts'
import { sceneColors, skillColor, type Theme } from './palette.ts'
import { createPointer, type PointerHandlers } from './pointer.ts'
import { type QualityName, qualities, shellDetail } from './quality.ts'
import { type BodyValues, createRobotView, linearRgb, type RobotView } from './robot.ts'

export interface ViewerOptions {
  readonly theme: Theme
  readonly quality: QualityName
  /** No eases. */
  readonly reducedMotion?: boolean
  readonly handlers?: Partial<PointerHandlers>
  /** The browser took the graphics context away, or gave another one. */
  readonly onContext?: (isThere: boolean) => void
}

/** How shells are coloured: limbs by family, or links by the skills that drive them. */
export type ColorMode = 'family' | 'skill'

/** What the lights on the robot say about the connection. */
export type RobotLight = 'live' | 'stale' | 'stopped'

/** Measured and projected facts, for tests and the status line. */
export interface ViewerStats {
  readonly drawnFrames: number
  /** Main-thread time of the last drawn frame, ms. */
  readonly frame_ms: number
  readonly drawCalls: number
  readonly triangles: number
  readonly instances: number
  readonly quality: QualityName
  readonly camera: {
    readonly mode: CameraMode
    readonly follows: boolean
    readonly position: readonly number[]
  }
  /** Links of the first robot: place on the canvas (CSS px) and distance from the camera, m. */
  readonly links: readonly {
    readonly name: string
    readonly x: number
    readonly y: number
    readonly depth_m: number
  }[]
  readonly objects: readonly { readonly name: string; readonly x: number; readonly y: number }[]
  /** Marks drawn over the scene now. */
  readonly marks: {
    readonly goals: number
    /** Arrows of forces. */
    readonly forces: number
    /** Of the centre of mass over what carries it, m; null: not shown, or nothing does. */
    readonly margin_m: number | null
  }
  /** No instance matrix holds NaN or infinity. */
  readonly isFinite: boolean
}

/**
 * Draws what the protocol says: descriptions once, then poses. Everything is made when a description
 * arrives; posing and drawing allocate nothing that grows.
 */
export interface Viewer {
  setScene(scene: SceneDescription): void
  /** `copies` of each robot by id, from its channel; default 1. Robots stand in their default pose until posed. */
  setRobots(robots: readonly RobotDescription[], copies?: Readonly<Record<string, number>>): void
  setSkills(skills: readonly SkillDescription[]): void
  setWorld(world: Pick<WorldMessage, 'targets'>): void
  /** Show the values of a `view.bodies` or `view.grid` frame of a robot. */
  showBodies(robotId: string, values: BodyValues): void
  /** Show a `view.blend` frame: weights per skill, and per skill and coordinate where sent. */
  showBlend(robotId: string, values: BodyValues): void
  /** Show a `view.contacts` frame: what touches what, and the force of a hand. */
  showContacts(robotId: string, values: BodyValues): void
  /** Of the centre of mass over what carries the robot, m, negative outside; null: not shown or not carried. */
  balanceMargin(): number | null
  /** Draw these or not. The force of a hand is always drawn. */
  setMarks(shown: ShownMarks): void
  /** A ball came near a rim: let the net swing. World velocity, m/s. */
  swingNets(velocity_w: readonly [number, number, number]): void
  setTheme(theme: Theme): void
  setQuality(name: QualityName): void
  setColorMode(mode: ColorMode): void
  setLight(light: RobotLight): void
  setSize(width: number, height: number, pixelRatio: number): void
  /** Follow the robot or stay. Returns what is now. */
  toggleFollow(): boolean
  /** The next way to look. */
  nextCamera(): CameraMode
  setCamera(mode: CameraMode): void
  homeCamera(): void
  /** Where the camera is and what it looks at, world, m: [x, y, z, x, y, z]. */
  cameraPose(): readonly number[]
  /** Put it there, and keep that distance from the robot. */
  setCameraPose(pose: readonly number[]): void
  /** What is on screen, as a PNG. */
  picture(): Promise<Blob>
  /** The next click on the floor puts this there; null: back to normal. */
  armPlacement(what: { readonly kind: 'object' | 'target'; readonly name: string } | null): void
  /** Whether gestures on the robot and objects mean anything. */
  setInteractive(isInteractive: boolean): void
  /** Where a ball thrown from the camera at the robot starts, and its velocity, world. */
  throwFromCamera(): {
    readonly pos_w: readonly [number, number, number]
    readonly linVel_w: readonly [number, number, number]
  }
  /** Draw if anything changed. Returns whether it drew. */
  render(now_ms: number): boolean
  /** Draw now and wait until it is done, ms. For measurements only: it stalls the page. */
  timeFrame(): number
  readonly theme: Theme
  stats(): ViewerStats
  dispose(): void
}

/** Start drawing on a canvas. Throws where WebGL 2 is missing. */
export function createViewer(canvas: HTMLCanvasElement, options: ViewerOptions): Viewer {
  let theme = options.theme
  let quality = qualities[options.quality]
  const renderer = new WebGLRenderer({
    canvas,
    antialias: quality.antialias,
    powerPreference: 'high-performance',
  })
  renderer.toneMapping = NeutralToneMapping
  renderer.shadowMap.type = PCFShadowMap
  const scene = new Scene()
  const frames = createFrames()
  scene.add(frames.root)
  const fog = new Fog('#000000', 6, 18)
  scene.fog = fog
  const ground = createGround(frames.root)
  const lights = createLights(scene, frames.root, renderer)
  const blobs = createBlobs(frames.root, 512)
  const forceLine = createForceLine(frames.root)
  const marks = createMarks(frames.root)
  const rig = createCameraRig(canvas, frames)
  if (options.reducedMotion) rig.ease_s = 0

  const stateLight = { value: new Color() }
  let shell: Material = shellMaterial(quality, { stateLight })
  let robots: RobotView[] = []
  let robotList: readonly RobotDescription[] = []
  let copiesOf: Readonly<Record<string, number>> = {}
  let objects: ObjectView[] = []
  let targets: TargetView[] = []
  let sceneNow: SceneDescription | null = null
  let worldNow: Pick<WorldMessage, 'targets'> = { targets: [] }
  let skills: readonly SkillDescription[] = []
  let skillRgb: (readonly [number, number, number])[] = []
  let colorMode: ColorMode = 'family'
  let isLost = false
  let hasPose = false
  let isDirty = true
  let last_ms = 0
  let size = { width: 1, height: 1, pixelRatio: 1 }
  let drawnFrames = 0
  let frame_ms = 0
  const subject: Subject = {
    pos: new Vector3(0, 0, 0.9),
    yaw: 0,
    height: 0.95,
    distance: 3.7,
    hoop: null,
  }
  const focus = new Vector3()

  const handlers = options.handlers ?? {}
  const pointer = createPointer({
    canvas,
    camera: rig.camera,
    controls: rig.controls,
    frames,
    scene: { robots: () => robots, objects: () => objects, targets: () => targets, floorTarget },
    handlers: {
      onPush: (push) => handlers.onPush?.(push),
      onPushEnd: () => {
        forceLine.hide()
        isDirty = true
        handlers.onPushEnd?.()
      },
      onPlace: (place) => handlers.onPlace?.(place),
      onHover: (name) => {
        isDirty = true
        handlers.onHover?.(name)
      },
    },
  })

  function paintScene(): void {
    const colors = sceneColors[theme]
    ground.paint(colors, theme === 'light')
    fog.color.set(colors.horizon)
    lights.apply(theme, quality)
    renderer.toneMappingExposure = 1
    isDirty = true
  }

  function buildObjects(): void {
    const old = new Map(objects.map((o) => [o.description.name, o]))
    objects = (sceneNow?.objects ?? []).map((description) => {
      const view = createObjectView(description, quality, sceneColors[theme])
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
    isDirty = true
  }

  /** The first target that stands on the floor: a marked place, or a hoop. What floats is dragged. */
  function floorTarget(): string | null {
    const onFloor = worldNow.targets.find((t) => {
      const object = sceneNow?.objects.find((o) => o.name === t.name)
      return object === undefined || object.look === 'hoop'
    })
    return onFloor?.name ?? null
  }

  /** A target that is an object of the scene, such as the hoop, marks itself. */
  const markedTargets = (): WorldMessage['targets'] =>
    worldNow.targets.filter((t) => !sceneNow?.objects.some((o) => o.name === t.name))

  function buildTargets(): void {
    for (const t of targets) t.dispose()
    targets = markedTargets().map((t) => {
      const view = createTargetView(t.name, sceneColors[theme])
      view.node.position.set(...t.pos_w)
      frames.root.add(view.node)
      return view
    })
    isDirty = true
  }

  function buildRobots(): void {
    for (const r of robots) r.dispose()
    const total = robotList.reduce((n, r) => n + (copiesOf[r.id] ?? 1), 0)
    robots = robotList.map((description, i) => {
      const view = createRobotView({
        root: frames.root,
        description,
        copies: copiesOf[description.id] ?? 1,
        detail: shellDetail(quality, total),
        material: shell,
        castShadow: quality.shadowMap > 0,
      })
      view.poseDefault(0, i * 1.2)
      return view
    })
    const main = robotList[0]
    if (main) {
      const size = main.base === 'floating' ? main.standingHeight : reachOf(main)
      subject.height = size * (main.base === 'floating' ? 0.98 : 0.34)
      subject.distance = size * (main.base === 'floating' ? 4.1 : 2)
    }
    marks.setRobot(main)
    hasPose = false
    isDirty = true
  }

  function rebuildLooks(): void {
    shell.dispose()
    shell = shellMaterial(quality, { stateLight })
    const poses = robots.map((r) => snapshot(r))
    const wasPosed = hasPose
    buildRobots()
    for (let i = 0; i < robots.length; i++) restore(robots[i], poses[i])
    hasPose = wasPosed
    buildObjects()
    buildTargets()
    paintScene()
    applySize()
  }

  function applySize(): void {
    renderer.setPixelRatio(Math.min(size.pixelRatio, quality.pixelRatioMax))
    renderer.setSize(size.width, size.height, false)
    rig.resize(size.width / Math.max(1, size.height))
    isDirty = true
  }

  function moveObjects(values: BodyValues): void {
    const pos = values.objectPos_w
    const quat = values.objectQuat_w
    if (!pos || !quat) return
    for (let i = 0; i < objects.length && 3 * i + 2 < pos.length; i++) {
      const { node } = objects[i]
      node.position.set(pos[3 * i], pos[3 * i + 1], pos[3 * i + 2])
      node.quaternion.set(quat[4 * i], quat[4 * i + 1], quat[4 * i + 2], quat[4 * i + 3])
      node.visible = true
      if (objects[i].description.look === 'hoop') {
        subject.hoop ??= new Vector3()
        subject.hoop.copy(node.position)
        if (sceneNow?.court) {
          const { x, y, z, w } = node.quaternion
          const yaw = Math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))
          ground.moveCourt(node.position.x, node.position.y, yaw)
        }
      }
    }
  }

  /** Many copies are seen whole first: from their middle, from as far as they reach. */
  function frameCopies(view: RobotView): void {
    const m = view.matrices(0)
    let reach = 0
    for (let c = 0; c < view.copies; c++) {
      const x = m[16 * c + 12] - subject.pos.x
      const y = m[16 * c + 13] - subject.pos.y
      reach = Math.max(reach, Math.hypot(x, y))
    }
    subject.distance += 1.4 * reach
    fog.near = Math.max(6, subject.distance)
    fog.far = Math.max(18, 2.5 * subject.distance)
  }

  function updateSubject(view: RobotView): void {
    const m = view.matrices(0)
    subject.pos.set(0, 0, m[14])
    for (let c = 0; c < view.copies; c++) {
      subject.pos.x += m[16 * c + 12] / view.copies
      subject.pos.y += m[16 * c + 13] / view.copies
    }
    const [fx, fy, fz] = view.description.forward
    subject.yaw = Math.atan2(m[1] * fx + m[5] * fy + m[9] * fz, m[0] * fx + m[4] * fy + m[8] * fz)
  }

  function drawBlobs(): void {
    blobs.begin()
    for (const r of robots) {
      const { feet, links } = r.description
      for (let c = 0; c < r.copies; c++) {
        const base = r.matrices(0)
        if (r.description.base === 'floating') {
          blobs.add(
            base[c * 16 + 12],
            base[c * 16 + 13],
            Math.max(0, base[c * 16 + 14] - 0.9),
            0.42,
            0.5,
          )
        } else blobs.add(base[c * 16 + 12], base[c * 16 + 13], 0, 0.3, 0.7)
        for (const foot of feet) {
          const m = r.matrices(foot)
          const o = c * 16
          const [x, y, z] = links[foot].com
          blobs.add(
            m[o] * x + m[o + 4] * y + m[o + 8] * z + m[o + 12],
            m[o + 1] * x + m[o + 5] * y + m[o + 9] * z + m[o + 13],
            m[o + 14] - 0.1,
            0.2,
            0.85,
          )
        }
      }
    }
    for (const { node, description, radius } of objects) {
      if (!node.visible || description.look === 'hoop') continue
      const p = node.position
      blobs.add(p.x, p.y, Math.max(0, p.z - radius), radius * 1.5, 0.75)
    }
    blobs.end()
  }

  function restTint(): void {
    for (const r of robots) {
      for (let c = 0; c < r.copies; c++) {
        for (let i = 0; i < r.description.links.length; i++) r.tint(c, i, 1, 1, 1, 0)
      }
      r.tintsChanged()
    }
    isDirty = true
  }

  const viewer: Viewer = {
    get theme() {
      return theme
    },
    setScene(next) {
      sceneNow = next
      subject.hoop = null
      ground.set(next.ground, next.court)
      buildObjects()
    },
    setRobots(list, copies = {}) {
      robotList = list
      copiesOf = copies
      buildRobots()
      isDirty = true
    },
    setSkills(list) {
      skills = list
      skillRgb = skills.map((s) => linearRgb(skillColor('dark', s.color)))
      marks.setSkills(skills)
    },
    setWorld(world) {
      worldNow = world
      const marked = markedTargets()
      const isSame =
        marked.length === targets.length && marked.every((t, i) => t.name === targets[i].name)
      if (!isSame) buildTargets()
      for (let i = 0; i < targets.length; i++) targets[i].node.position.set(...marked[i].pos_w)
      isDirty = true
    },
    showBodies(robotId, values) {
      const view = robots.find((r) => r.description.id === robotId)
      if (!view) return
      view.pose(values)
      if (view === robots[0]) {
        moveObjects(values)
        updateSubject(view)
        if (!hasPose) {
          if (view.copies > 1) frameCopies(view)
          rig.home({ ease: true, from: 6 })
        }
        hasPose = true
      }
      isDirty = true
    },
    showBlend(robotId, values) {
      const view = robots.find((r) => r.description.id === robotId)
      if (view && view === robots[0] && marks.showBlend(values)) isDirty = true
      if (!view || colorMode !== 'skill' || !values.weights) return
      tintBySkill(view, values, skillRgb)
      view.tintsChanged()
      isDirty = true
    },
    showContacts(robotId, values) {
      if (robots[0]?.description.id !== robotId) return
      marks.showContacts(values, sceneNow?.objects.length ?? 0)
      isDirty = true
    },
    setMarks(shown) {
      marks.setShown(shown)
      isDirty = true
    },
    balanceMargin: () => marks.margin_m,
    swingNets(velocity_w) {
      for (const o of objects) {
        if (o.rimHeight === 0) continue
        const v = new Vector3(...velocity_w).applyQuaternion(o.node.quaternion.clone().invert())
        o.swing(v)
      }
      isDirty = true
    },
    setTheme(next) {
      theme = next
      buildObjects()
      buildTargets()
      paintScene()
    },
    setQuality(name) {
      if (name === quality.name) return
      quality = qualities[name]
      rebuildLooks()
    },
    setColorMode(mode) {
      colorMode = mode
      if (mode === 'family') restTint()
    },
    setLight(light) {
      stateLight.value.set(lightColors[light])
      isDirty = true
    },
    setSize(width, height, pixelRatio) {
      size = { width: Math.max(1, width), height: Math.max(1, height), pixelRatio }
      applySize()
    },
    toggleFollow() {
      rig.follows = !rig.follows
      if (rig.follows && rig.mode !== 'follow') rig.mode = 'follow'
      return rig.follows
    },
    nextCamera() {
      const usable = cameraModes.filter((m) => m !== 'hoop' || subject.hoop)
      const next = usable[(usable.indexOf(rig.mode) + 1) % usable.length]
      viewer.setCamera(next)
      return next
    },
    setCamera(mode) {
      if (mode === 'follow') rig.home({ ease: true })
      else rig.go(mode)
      isDirty = true
    },
    homeCamera() {
      rig.home({ ease: true })
      isDirty = true
    },
    cameraPose() {
      const at = frames.toWorld(rig.camera.position.clone())
      const to = frames.toWorld(rig.controls.target.clone())
      return [...at.toArray(), ...to.toArray()]
    },
    setCameraPose(pose) {
      rig.put(new Vector3().fromArray(pose), new Vector3().fromArray(pose, 3), { waits: !hasPose })
      isDirty = true
    },
    picture() {
      // The drawing buffer is gone after this task, so it is drawn and read in one.
      renderer.render(scene, rig.camera)
      return new Promise((resolve, reject) => {
        canvas.toBlob(
          (blob) => (blob ? resolve(blob) : reject(new Error('the canvas gave no picture'))),
          'image/png',
        )
      })
    },
    armPlacement(what) {
      pointer.armed = what
    },
    setInteractive(isInteractive) {
      pointer.isEnabled = isInteractive
    },
    throwFromCamera() {
      const from = frames.toWorld(rig.camera.position.clone())
      const to = subject.pos.clone()
      to.z = subject.height * 1.15
      const way = to.clone().sub(from)
      const distance = way.length()
      // Start a little ahead of the lens and a little below, so that the throw is seen.
      from.addScaledVector(way, 0.5 / distance)
      from.z -= 0.15
      const speed = 7
      const flight_s = (distance - 0.5) / speed
      const v = to.sub(from).divideScalar(flight_s)
      v.z += 0.5 * 9.81 * flight_s
      return { pos_w: [from.x, from.y, Math.max(0.2, from.z)], linVel_w: [v.x, v.y, v.z] }
    },
    render(now_ms) {
      if (isLost) return false
      const started = performance.now()
      const dt = last_ms === 0 ? 0 : Math.min(0.25, Math.max(0, (now_ms - last_ms) / 1000))
      last_ms = now_ms
      const held = pointer.step(now_ms)
      let moving = rig.step(dt, subject)
      for (const o of objects) if (o.step(dt)) moving = true
      if (pointer.push) forceLine.show(pointer.push.from, pointer.push.to)
      if (!moving && !held && !isDirty) return false
      isDirty = false
      for (const t of targets) t.step(dt)
      const { hover } = pointer
      for (const r of robots) {
        r.highlight(hover?.copy ?? 0, hover && hover.robot === r ? hover.link : -1)
      }
      focus.copy(subject.pos)
      ground.focusOn(focus.x, focus.y)
      lights.follow(focus.x, focus.y)
      drawBlobs()
      if (robots.length > 0) marks.place(robots[0], subject.yaw)
      renderer.render(scene, rig.camera)
      drawnFrames++
      frame_ms = performance.now() - started
      return true
    },
    timeFrame() {
      const started = performance.now()
      renderer.render(scene, rig.camera)
      const gl = renderer.getContext()
      gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4))
      return performance.now() - started
    },
    stats() {
      const project = (p: Vector3): { x: number; y: number } => {
        frames.toView(p).project(rig.camera)
        return { x: ((p.x + 1) / 2) * size.width, y: ((1 - p.y) / 2) * size.height }
      }
      const [main] = robots
      const p = new Vector3()
      return {
        drawnFrames,
        frame_ms,
        drawCalls: renderer.info.render.calls,
        triangles: renderer.info.render.triangles,
        instances: robots.reduce((n, r) => n + r.copies, 0),
        quality: quality.name,
        camera: { mode: rig.mode, follows: rig.follows, position: rig.camera.position.toArray() },
        links: (main?.description.links ?? []).map((l, i) => {
          const m = main.matrices(i)
          p.set(m[12], m[13], m[14])
          const depth_m = frames.toView(p.clone()).distanceTo(rig.camera.position)
          return { name: l.name, ...project(p), depth_m }
        }),
        objects: objects.map((o) => ({
          name: o.description.name,
          ...project(p.copy(o.node.position)),
        })),
        marks: { goals: marks.goals, forces: marks.forces, margin_m: marks.margin_m },
        isFinite: robots.every((r) =>
          r.description.links.every((_, i) => r.matrices(i).every(Number.isFinite)),
        ),
      }
    },
    dispose() {
      canvas.removeEventListener('webglcontextlost', onLost)
      canvas.removeEventListener('webglcontextrestored', onRestored)
      pointer.dispose()
      rig.dispose()
      for (const r of robots) r.dispose()
      for (const o of objects) o.dispose()
      for (const t of targets) t.dispose()
      ground.dispose()
      lights.dispose()
      blobs.dispose()
      forceLine.dispose()
      marks.dispose()
      shell.dispose()
      renderer.dispose()
    },
  }
  // The renderer itself asks for the context back and makes its buffers anew.
  const onLost = (): void => {
    isLost = true
    options.onContext?.(false)
  }
  const onRestored = (): void => {
    isLost = false
    lights.forget()
    rebuildLooks()
    options.onContext?.(true)
  }
  canvas.addEventListener('webglcontextlost', onLost)
  canvas.addEventListener('webglcontextrestored', onRestored)
  viewer.setLight('live')
  paintScene()
  return viewer
}

const lightColors: Readonly<Record<RobotLight, string>> = {
  live: '#2fd9ff',
  stale: '#f5a623',
  stopped: '#ff4b42',
}

/** Lengths of the links between joints, added up along the longest chain, m. */
function reachOf(robot: RobotDescription): number {
  const reach = robot.links.map(() => 0)
  for (let i = 1; i < reach.length; i++) {
    reach[i] = reach[robot.links[i].parent] + Math.hypot(...robot.joints[i - 1].pos)
  }
  return Math.max(0.5, ...reach)
}

/** Each link takes the mix of its joint's weights; the base that of the whole body. */
function tintBySkill(
  view: RobotView,
  values: BodyValues,
  rgb: readonly (readonly [number, number, number])[],
): void {
  const { joints, links, dofNames } = view.description
  const n = rgb.length
  const perJoint = values.jointWeights
  for (let i = 0; i < links.length; i++) {
    let r = 0
    let g = 0
    let b = 0
    let sum = 0
    for (let k = 0; k < n; k++) {
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
}

interface Snapshot {
  readonly id: string
  readonly matrices: readonly Float32Array[]
}

const snapshot = (r: RobotView): Snapshot => ({
  id: r.description.id,
  matrices: r.description.links.map((_, i) => r.matrices(i).slice()),
})

function restore(r: RobotView, s: Snapshot | undefined): void {
  if (s?.id !== r.description.id) return
  s.matrices.forEach((m, i) => {
    if (m.length === r.matrices(i).length) r.matrices(i).set(m)
  })
}
