import type { GeomDescription, ObjectDescription } from '@skillweave/protocol'
import {
  BoxGeometry,
  BufferAttribute,
  BufferGeometry,
  CapsuleGeometry,
  Color,
  CylinderGeometry,
  EdgesGeometry,
  Group,
  LineBasicMaterial,
  LineSegments,
  type Material,
  Mesh,
  MeshBasicMaterial,
  type Object3D,
  PlaneGeometry,
  Quaternion,
  SphereGeometry,
  TorusGeometry,
  Vector3,
  Vector4,
} from 'three'
import { ballMaterial, litMaterial, netMaterial, targetMaterial } from './materials.ts'
import type { SceneColors } from './palette.ts'
import type { Quality } from './quality.ts'

/** One object of the scene as drawn. */
export interface ObjectView {
  readonly description: ObjectDescription
  /** Its pose in world coordinates; move it. */
  readonly node: Group
  /** Radius of a bounding sphere about the origin's column, for picking and shadows, m. */
  readonly radius: number
  /** Height of its rim when it is a hoop, m. */
  readonly rimHeight: number
  /** A ball went through or hit the net: velocity in the object's frame, m/s. */
  swing(velocity: Vector3): void
  /** Advance animations. Returns true while something moves. */
  step(dt_s: number): boolean
  dispose(): void
}

/** Draw an object by its look, or by its shapes. */
export function createObjectView(
  description: ObjectDescription,
  quality: Quality,
  colors: SceneColors,
): ObjectView {
  const node = new Group()
  node.name = description.name
  const swing = new Vector4(0, 0, 0, 0)
  const parts: Object3D[] =
    description.look === 'ball'
      ? drawBall(description, quality)
      : description.look === 'hoop'
        ? drawHoop(description, quality, colors, swing)
        : description.look === 'target'
          ? drawTarget(description, colors)
          : drawShapes(description, quality)
  if (parts.length > 0) node.add(...parts)
  const net = { x: 0, y: 0, vx: 0, vy: 0, pinch: 0, vPinch: 0 }
  const rim = description.look === 'hoop' ? rimOf(description) : undefined
  return {
    description,
    node,
    radius: boundingRadius(description.geoms),
    rimHeight: rim?.centre.z ?? 0,
    swing(velocity) {
      net.vx += velocity.x * 0.35
      net.vy += velocity.y * 0.35
      net.vPinch += 5
    },
    step(dt) {
      if (description.look !== 'hoop') return false
      const energy =
        Math.abs(net.x) +
        Math.abs(net.y) +
        Math.abs(net.pinch) +
        Math.abs(net.vx) +
        Math.abs(net.vPinch)
      if (energy < 1e-3) return false
      // A damped spring, 1.6 Hz; semi-implicit so that it never grows.
      const h = Math.min(dt, 0.05)
      net.vx += h * (-100 * net.x - 6 * net.vx)
      net.vy += h * (-100 * net.y - 6 * net.vy)
      net.vPinch += h * (-140 * net.pinch - 9 * net.vPinch)
      net.x += h * net.vx
      net.y += h * net.vy
      net.pinch += h * net.vPinch
      swing.set(net.x, net.y, -net.pinch, 0)
      return true
    },
    dispose() {
      disposeTree(node)
    },
  }
}

/** A mark on the floor for a target. */
export interface TargetView {
  readonly name: string
  readonly node: Group
  step(dt_s: number): void
  dispose(): void
}

/** Draw a target: rings on the ground, a pin above when it is not on the ground. */
export function createTargetView(name: string, colors: SceneColors): TargetView {
  const node = new Group()
  node.name = name
  const color = { value: new Color(colors.target) }
  const phase = { value: 0 }
  const rings = new Mesh(new PlaneGeometry(1, 1), targetMaterial(color, phase))
  rings.position.z = 0.006
  rings.renderOrder = 2
  const column = new Mesh(
    new CylinderGeometry(0.02, 0.02, 0.5, 8, 1, true),
    columnMaterial(colors.target),
  )
  column.rotation.x = Math.PI / 2
  column.position.z = 0.25
  node.add(rings, column)
  return {
    name,
    node,
    step(dt) {
      phase.value += dt * 0.25
    },
    dispose() {
      disposeTree(node)
    },
  }
}

function columnMaterial(color: string): Material {
  const m = litMaterial({ pbr: false } as Quality, { color, opacity: 0.35 })
  m.depthWrite = false
  if ('emissive' in m) m.emissive.set(color)
  return m
}

function drawBall(o: ObjectDescription, quality: Quality): Object3D[] {
  const g = o.geoms[0]
  const r = g?.type === 'sphere' ? g.radius : 0.12
  const fine = quality.name === 'low' ? [20, 14] : [36, 24]
  const mesh = new Mesh(new SphereGeometry(r, fine[0], fine[1]), ballMaterial(quality))
  mesh.castShadow = true
  return [mesh]
}

/** The rim: centre and radius of the capsules named "rim". */
function rimOf(
  o: ObjectDescription,
): { centre: Vector3; radius: number; tube: number } | undefined {
  const rods = o.geoms.filter((g) => g.type === 'capsule' && g.name === 'rim')
  if (rods.length === 0) return undefined
  const centre = new Vector3()
  for (const g of rods) if (g.type === 'capsule') centre.add(new Vector3(...g.from))
  centre.divideScalar(rods.length)
  const first = rods[0]
  const radius = first.type === 'capsule' ? new Vector3(...first.from).distanceTo(centre) : 0.2286
  const tube = first.type === 'capsule' ? first.radius : 0.009
  return { centre, radius, tube }
}

function drawHoop(
  o: ObjectDescription,
  quality: Quality,
  colors: SceneColors,
  swing: Vector4,
): Object3D[] {
  const rim = rimOf(o)
  if (!rim) return drawShapes(o, quality)
  const parts: Object3D[] = []
  const orange = litMaterial(quality, { color: '#f2571c', roughness: 0.35, metalness: 0.15 })
  const steel = litMaterial(quality, { color: colors.steel, roughness: 0.45, metalness: 0.55 })
  const torus = new Mesh(new TorusGeometry(rim.radius, Math.max(rim.tube, 0.009), 8, 40), orange)
  torus.position.copy(rim.centre)
  torus.castShadow = true
  parts.push(torus)
  const board = o.geoms.find((g) => g.type === 'box' && g.name === 'board')
  if (board?.type === 'box') {
    parts.push(...drawBoard(board, rim.centre, quality, colors, orange))
    const toward = Math.sign(board.pos[0] - rim.centre.x) || -1
    const reach = Math.abs(board.pos[0] - rim.centre.x) - rim.radius
    const bracket = new Mesh(new BoxGeometry(reach + 0.02, 0.12, 0.016), orange)
    bracket.position.set(
      rim.centre.x + toward * (rim.radius + reach / 2),
      rim.centre.y,
      rim.centre.z,
    )
    parts.push(bracket)
  }
  for (const g of o.geoms) {
    if (g.name === 'rim' || g.name === 'board') continue
    parts.push(shapeMesh(g, steel))
    if (g.type === 'cylinder' && g.name === 'pole') {
      parts.push(...padding(g, quality, colors))
    }
  }
  parts.push(drawNet(rim, swing))
  return parts
}

function drawBoard(
  board: Extract<GeomDescription, { type: 'box' }>,
  rim: Vector3,
  quality: Quality,
  colors: SceneColors,
  frame: Material,
): Object3D[] {
  const [hx, hy, hz] = board.halfSize
  const group = new Group()
  group.position.set(...board.pos)
  group.quaternion.set(...board.quat)
  const glassMaterial = litMaterial(quality, { color: colors.glass, roughness: 0.1, opacity: 0.28 })
  glassMaterial.depthWrite = false
  const glass = new Mesh(new BoxGeometry(2 * hx, 2 * hy, 2 * hz), glassMaterial)
  glass.renderOrder = 4
  group.add(glass)
  // Solid bars: lines would be one pixel wide at any distance.
  const white = litMaterial(quality, { color: '#eef2f6', roughness: 0.5 })
  const bar = (
    y: number,
    z: number,
    w: number,
    h: number,
    x = 0,
    material: Material = white,
  ): void => {
    const m = new Mesh(new BoxGeometry(2 * hx + 0.004, w, h), material)
    m.position.set(x, y, z)
    group.add(m)
  }
  const edge = 0.035
  bar(0, hz - edge / 2, 2 * hy, edge)
  bar(0, -hz + edge / 2, 2 * hy, edge)
  bar(hy - edge / 2, 0, edge, 2 * hz)
  bar(-hy + edge / 2, 0, edge, 2 * hz)
  // The shooter's square, its lower edge level with the rim.
  const local = rim.z - board.pos[2]
  const [w, h, t] = [0.59, 0.45, 0.04]
  bar(0, local + t / 2, w, t)
  bar(0, local + h - t / 2, w, t)
  bar(w / 2 - t / 2, local + h / 2, t, h)
  bar(-w / 2 + t / 2, local + h / 2, t, h)
  bar(0, -hz - 0.03, 2 * hy, 0.06, 0, frame)
  const outline = new LineSegments(
    new EdgesGeometry(new BoxGeometry(2 * hx, 2 * hy, 2 * hz)),
    new LineBasicMaterial({ color: colors.glass }),
  )
  group.add(outline)
  return [group]
}

/** Coloured padding on the lower two metres of a pole, and a foot. */
function padding(
  g: Extract<GeomDescription, { type: 'cylinder' }>,
  quality: Quality,
  colors: SceneColors,
): Object3D[] {
  const pad = new Mesh(
    new CapsuleGeometry(g.radius * 2.1, 1.5, 4, 14),
    litMaterial(quality, { color: colors.key, roughness: 0.7 }),
  )
  pad.rotation.x = Math.PI / 2
  pad.position.set(g.from[0], g.from[1], 1.0)
  pad.castShadow = true
  const foot = new Mesh(
    new CylinderGeometry(g.radius * 4.2, g.radius * 4.8, 0.06, 24),
    litMaterial(quality, { color: colors.steel, roughness: 0.6, metalness: 0.4 }),
  )
  foot.rotation.x = Math.PI / 2
  foot.position.set(g.from[0], g.from[1], 0.03)
  return [pad, foot]
}

function drawNet(rim: { centre: Vector3; radius: number }, swing: Vector4): Object3D {
  const strands = 12
  const rows = 5
  const depth = 0.42
  const at: number[] = []
  const down: number[] = []
  const radiusAt = (t: number): number => rim.radius * (1 - 0.52 * t + 0.16 * t * t)
  const push = (k: number, row: number): void => {
    const t = row / rows
    const a = ((k + (row % 2) * 0.5) / strands) * 2 * Math.PI
    at.push(radiusAt(t) * Math.cos(a), radiusAt(t) * Math.sin(a), -depth * t)
    down.push(t)
  }
  for (let row = 0; row < rows; row++) {
    for (let k = 0; k < strands; k++) {
      // Each knot joins the two below it: the rows are offset by half a strand.
      const other = row % 2 === 0 ? k - 1 : k + 1
      for (const below of [k, other]) {
        push(k, row)
        push(below, row + 1)
      }
    }
  }
  const g = new BufferGeometry()
  g.setAttribute('position', new BufferAttribute(new Float32Array(at), 3))
  g.setAttribute('depth', new BufferAttribute(new Float32Array(down), 1))
  const net = new LineSegments(g, netMaterial('#f4f6f8', { value: swing }))
  net.position.copy(rim.centre)
  net.frustumCulled = false
  return net
}

/** Something to reach for: a bright core in a soft shell, seen through the robot. */
function drawTarget(o: ObjectDescription, colors: SceneColors): Object3D[] {
  const r = Math.max(
    0.025,
    Math.min(...o.geoms.map((g) => (g.type === 'sphere' ? g.radius : 0.05))),
  )
  const core = new Mesh(
    new SphereGeometry(r, 20, 14),
    new MeshBasicMaterial({ color: colors.target, toneMapped: false }),
  )
  const shell = new Mesh(
    new SphereGeometry(r * 1.9, 20, 14),
    new MeshBasicMaterial({
      color: colors.target,
      toneMapped: false,
      transparent: true,
      opacity: 0.22,
      depthTest: false,
      depthWrite: false,
    }),
  )
  shell.renderOrder = 5
  return [core, shell]
}

/** Any object: its shapes, boxes like cartons. */
function drawShapes(o: ObjectDescription, quality: Quality): Object3D[] {
  const color = o.look === 'box' ? '#b98a56' : '#8d97a5'
  const material = litMaterial(quality, { color, roughness: 0.75 })
  const parts: Object3D[] = []
  for (const g of o.geoms) {
    const mesh = shapeMesh(g, material)
    parts.push(mesh)
    if (g.type !== 'box' || o.look !== 'box') continue
    const edges = new LineSegments(
      new EdgesGeometry(mesh.geometry),
      new LineBasicMaterial({ color: '#6f4f2c', transparent: true, opacity: 0.7 }),
    )
    edges.position.copy(mesh.position)
    edges.quaternion.copy(mesh.quaternion)
    parts.push(edges)
    const tape = new Mesh(
      new BoxGeometry(2 * g.halfSize[0] + 0.002, 0.3 * g.halfSize[1], 2 * g.halfSize[2] + 0.002),
      litMaterial(quality, { color: '#d8c7a3', roughness: 0.4 }),
    )
    tape.position.copy(mesh.position)
    tape.quaternion.copy(mesh.quaternion)
    parts.push(tape)
  }
  return parts
}

function shapeMesh(g: GeomDescription, material: Material): Mesh {
  let mesh: Mesh
  if (g.type === 'sphere') mesh = new Mesh(new SphereGeometry(g.radius, 20, 14), material)
  else if (g.type === 'box') {
    mesh = new Mesh(
      new BoxGeometry(2 * g.halfSize[0], 2 * g.halfSize[1], 2 * g.halfSize[2]),
      material,
    )
    mesh.quaternion.set(...g.quat)
  } else {
    const from = new Vector3(...g.from)
    const along = new Vector3(...g.to).sub(from)
    const length = along.length()
    mesh = new Mesh(
      g.type === 'capsule'
        ? new CapsuleGeometry(g.radius, length, 4, 14)
        : new CylinderGeometry(g.radius, g.radius, length, 20),
      material,
    )
    mesh.quaternion.copy(
      new Quaternion().setFromUnitVectors(new Vector3(0, 1, 0), along.clone().normalize()),
    )
    mesh.position.copy(from).addScaledVector(along, 0.5)
  }
  if (g.type === 'sphere' || g.type === 'box') mesh.position.set(...g.pos)
  mesh.castShadow = true
  mesh.receiveShadow = true
  return mesh
}

function boundingRadius(geoms: readonly GeomDescription[]): number {
  let r = 0.05
  for (const g of geoms) {
    if (g.type === 'sphere') r = Math.max(r, Math.hypot(...g.pos) + g.radius)
    else if (g.type === 'box') r = Math.max(r, Math.hypot(...g.pos) + Math.hypot(...g.halfSize))
    else r = Math.max(r, Math.hypot(...g.from) + g.radius, Math.hypot(...g.to) + g.radius)
  }
  return r
}

/** Free geometries and materials below a node. */
export function disposeTree(node: Object3D): void {
  node.removeFromParent()
  node.traverse((o) => {
    const drawn = o as Partial<Mesh>
    drawn.geometry?.dispose()
    for (const m of [drawn.material ?? []].flat()) m.dispose()
  })
}
