import type { RobotDescription, SceneDescription, SkillDescription } from '@skillweave/protocol'
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
import { createBlobs, drawBlobs } from './blobs.ts'
import { cameraModes, createCameraRig } from './camera.ts'
import { createForceLine } from './force-line.ts'
import { createFrames } from './frames.ts'
import { createGround } from './ground.ts'
import { createLights } from './lights.ts'
import { createMarks } from './marks.ts'
import { shellMaterial } from './materials.ts'
import { sceneColors, skillColor } from './palette.ts'
import { createPointer } from './pointer.ts'
import { createProps } from './props.ts'
import { qualities, shellDetail } from './quality.ts'
import { createRobotView, linearRgb, type RobotView } from './robot.ts'
import { createSelectionMarks } from './selection.ts'
import { areFinite, createProjector, linkSpots, objectSpots } from './stats.ts'
import { createSubject, reachOfCopies, sizeUp, throwAt, updateSubject } from './subject.ts'
import { type ColorMode, restTints, tintByLoad, tintByReturn, tintBySkill } from './tints.ts'
import type { RobotLight, Viewer, ViewerOptions } from './viewer-interface.ts'

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
  const selection = createSelectionMarks(frames.root)
  const props = createProps(frames, { quality, colors: sceneColors[theme] })
  const rig = createCameraRig(canvas, frames)
  if (options.reducedMotion) rig.ease_s = 0

  const stateLight = { value: new Color() }
  let shell: Material = shellMaterial(quality, { stateLight })
  let robots: RobotView[] = []
  let robotList: readonly RobotDescription[] = []
  let copiesOf: Readonly<Record<string, number>> = {}
  let sceneNow: SceneDescription | null = null
  let skills: readonly SkillDescription[] = []
  let skillRgb: (readonly [number, number, number])[] = []
  let colorMode: ColorMode = 'family'
  let isLost = false
  let hasPose = false
  let isDirty = true
  let last_ms = 0
  const size = { width: 1, height: 1, pixelRatio: 1 }
  let drawnFrames = 0
  let frame_ms = 0
  const subject = createSubject()

  const handlers = options.handlers ?? {}
  const pointer = createPointer({
    canvas,
    camera: rig.camera,
    controls: rig.controls,
    frames,
    scene: {
      robots: () => robots,
      objects: () => props.objects,
      targets: () => props.targets,
      goalAt: (ray) => marks.goals.pick(ray),
      floorTarget: () => props.floorTarget(),
    },
    handlers: {
      onPush: (push) => handlers.onPush?.(push),
      onPushEnd: () => {
        forceLine.hide()
        isDirty = true
        handlers.onPushEnd?.()
      },
      onPlace: (place) => handlers.onPlace?.(place),
      onGoal: (goal) => handlers.onGoal?.(goal),
      onSelect: (picked) => handlers.onSelect?.(picked),
      onFocus: (point_w) => {
        rig.lookAt(point_w)
        isDirty = true
        handlers.onFocus?.(point_w)
      },
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
    const [main] = robotList
    if (main) sizeUp(subject, main)
    marks.setRobot(main)
    hasPose = false
    isDirty = true
  }

  function rebuildLooks(): void {
    shell.dispose()
    shell = shellMaterial(quality, { stateLight })
    const before = robots
    const wasPosed = hasPose
    buildRobots()
    robots.forEach((r, i) => {
      r.standAs(before[i])
    })
    hasPose = wasPosed
    props.paint({ quality, colors: sceneColors[theme] })
    paintScene()
    applySize()
  }

  function applySize(): void {
    renderer.setPixelRatio(Math.min(size.pixelRatio, quality.pixelRatioMax))
    renderer.setSize(size.width, size.height, false)
    rig.resize(size.width / Math.max(1, size.height))
    isDirty = true
  }

  function standHoop(pos: Vector3, yaw: number): void {
    subject.hoop ??= new Vector3()
    subject.hoop.copy(pos)
    if (sceneNow?.court) ground.moveCourt(pos.x, pos.y, yaw)
  }

  /** Many copies are seen whole first: from their middle, from as far as they reach. */
  function frameCopies(view: RobotView): void {
    subject.distance += 1.4 * reachOfCopies(subject, view)
    fog.near = Math.max(6, subject.distance)
    fog.far = Math.max(18, 2.5 * subject.distance)
  }

  function draw(view: RobotView | undefined, dt_s: number): void {
    selection.draw(robots, props, pointer.hover)
    for (const t of props.targets) t.step(dt_s)
    ground.focusOn(subject.pos.x, subject.pos.y)
    lights.follow(subject.pos.x, subject.pos.y)
    drawBlobs(blobs, robots, props.objects)
    if (view) marks.place(view, subject.yaw)
    renderer.render(scene, rig.camera)
  }

  const viewer: Viewer = {
    get theme() {
      return theme
    },
    setScene(next) {
      sceneNow = next
      subject.hoop = null
      ground.set(next.ground, next.court)
      props.setScene(next)
      isDirty = true
    },
    setRobots(list, copies = {}) {
      robotList = list
      copiesOf = copies
      buildRobots()
    },
    setSkills(list) {
      skills = list
      skillRgb = skills.map((s) => linearRgb(skillColor('dark', s.color)))
      marks.setSkills(skills)
    },
    setWorld(world) {
      props.setTargets(world.targets)
      isDirty = true
    },
    showBodies(robotId, values) {
      const view = robots.find((r) => r.description.id === robotId)
      if (!view) return
      view.pose(values)
      if (colorMode === 'return' && values.tint) tintByReturn(view, values.tint)
      if (view === robots[0]) {
        props.move(values, standHoop)
        updateSubject(subject, view)
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
      isDirty = true
    },
    showContacts(robotId, values) {
      if (robots[0]?.description.id !== robotId) return
      marks.showContacts(values, sceneNow?.objects.length ?? 0)
      isDirty = true
    },
    showLoads(loads) {
      if (colorMode !== 'load' || robots.length === 0) return
      tintByLoad(robots[0], loads)
      isDirty = true
    },
    showBaseVelocity(velocity_w) {
      marks.setBaseVelocity(velocity_w)
    },
    captureMargin: () => marks.captureMargin_m,
    select(picked) {
      selection.selected = picked
      isDirty = true
    },
    setMarks(shown) {
      marks.setShown(shown)
      isDirty = true
    },
    balanceMargin: () => marks.margin_m,
    swingNets(velocity_w) {
      props.swingNets(velocity_w)
      isDirty = true
    },
    setTheme(next) {
      theme = next
      props.paint({ quality, colors: sceneColors[theme] })
      paintScene()
    },
    setQuality(name) {
      if (name === quality.name) return
      quality = qualities[name]
      rebuildLooks()
    },
    setColorMode(mode) {
      if (mode === colorMode) return
      colorMode = mode
      for (const r of robots) restTints(r)
      isDirty = true
    },
    setLight(light) {
      stateLight.value.set(lightColors[light])
      isDirty = true
    },
    setSize(width, height, pixelRatio) {
      Object.assign(size, {
        width: Math.max(1, width),
        height: Math.max(1, height),
        pixelRatio,
      })
      applySize()
    },
    toggleFollow() {
      rig.follows = !rig.follows
      if (rig.follows && rig.mode !== 'follow') rig.mode = 'follow'
      return rig.follows
    },
    cameras: () =>
      cameraModes.filter(
        (mode) =>
          (mode !== 'hoop' || subject.hoop !== null) &&
          ((mode !== 'shoulder' && mode !== 'eyes') || subject.eyeHeight !== null),
      ),
    nextCamera() {
      const usable = viewer.cameras()
      const next = usable[(usable.indexOf(rig.mode) + 1) % usable.length]
      viewer.setCamera(next)
      return next
    },
    setCamera(mode) {
      if (mode === 'follow') rig.home({ ease: true })
      else rig.go(mode)
      isDirty = true
    },
    homeCamera: () => viewer.setCamera('follow'),
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
    setGestures(gestures) {
      pointer.gestures = gestures
    },
    throwFromCamera: () => throwAt(subject, frames.toWorld(rig.camera.position.clone())),
    render(now_ms) {
      if (isLost) return false
      const started = performance.now()
      const dt = last_ms === 0 ? 0 : Math.min(0.25, Math.max(0, (now_ms - last_ms) / 1000))
      last_ms = now_ms
      const isHeld = pointer.step(now_ms)
      const hasTurned = rig.step(dt, subject)
      const isMoving = props.step(dt)
      if (pointer.push) forceLine.show(pointer.push.from, pointer.push.to)
      if (!isMoving && !hasTurned && !isHeld && !isDirty) return false
      isDirty = false
      draw(robots.at(0), dt)
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
      const project = createProjector(frames, rig.camera, size)
      const main = robots.at(0)
      const { goals, forces, margin_m } = marks
      return {
        drawnFrames,
        frame_ms,
        drawCalls: renderer.info.render.calls,
        triangles: renderer.info.render.triangles,
        instances: robots.reduce((n, r) => n + r.copies, 0),
        quality: quality.name,
        camera: { mode: rig.mode, follows: rig.follows, position: rig.camera.position.toArray() },
        links: main ? linkSpots(main, frames, rig.camera, project) : [],
        objects: objectSpots(props.objects, project),
        marks: {
          goals: goals.count,
          handles: goals.handles.map(({ name, at_w }) => project(name, at_w)),
          forces,
          margin_m,
        },
        selected: selection.drawn,
        tints: main?.tints(0) ?? [],
        isFinite: areFinite(robots),
      }
    },
    dispose() {
      canvas.removeEventListener('webglcontextlost', onLost)
      canvas.removeEventListener('webglcontextrestored', onRestored)
      for (const r of robots) r.dispose()
      for (const part of [
        pointer,
        rig,
        props,
        ground,
        lights,
        blobs,
        forceLine,
        marks,
        selection,
        shell,
      ]) {
        part.dispose()
      }
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
