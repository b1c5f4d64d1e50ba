import { quatConj, quatExp, quatIdentity, quatLog, quatMul, type Vec3 } from '@skillweave/math'
import type { Mirror, Robot } from '../robot.ts'
import type { Geom, Joint, Link, RobotModel } from '../robot-model.ts'

/**
 * A reduced human body for ball skills: 18 links, 17 spherical joints, 51 coordinates, 65 kg.
 *
 * The skeleton is that of the BallPlay motion data (SkillMimic, arXiv 2408.15270) with the two spine
 * pairs, toes and fingers merged away; proportions are the data's, masses are redistributed so that
 * explicit PD is stable (the original puts 18.5 kg in the pelvis and 6 g in the chest).
 *
 * Link frames keep the skeleton's axes: in the T-pose +x is the body's left, +y up, +z forward. A
 * joint's zero is not the T-pose but the mean pose of a ball player (knees bent, arms half raised),
 * so rotation vectors stay well below π. Left is written, right is its mirror image (x → −x).
 */

interface Part {
  /** Name without its side; sided parts get `left` and `right`. */
  name: string
  parent: string
  sided: boolean
  /** Joint anchor in the parent frame, m. Left side. */
  anchor: Vec3
  /** Rotation vector of the zero pose against the T-pose, rad. Left side. */
  home: Vec3
  /** The same for standing upright with hanging arms. */
  stand: Vec3
  mass: number
  com: Vec3
  geoms: Geom[]
  inertia: Vec3
  kp: number
  effort: number
}

const capsule = (from: Vec3, to: Vec3, radius: number): Geom => ({
  type: 'capsule',
  from,
  to,
  radius,
  friction: 1,
  restitution: 0,
})
const sphere = (pos: Vec3, radius: number): Geom => ({
  type: 'sphere',
  pos,
  radius,
  friction: 1,
  restitution: 0,
})
const box = (pos: Vec3, halfSize: Vec3): Geom => ({
  type: 'box',
  pos,
  quat: quatIdentity,
  halfSize,
  friction: 1,
  restitution: 0,
})

/** Palm centre in the left hand's frame; the palm faces −y. */
const palm: Vec3 = [0.09, -0.015, 0.005]

/**
 * Five small spheres on a ring around the palm: the cup that spread, slightly bent fingers make. A
 * ball of radius 0.12 m rests on all five and just clears the palm; 9 cm instead of 7 cm learns a
 * dribble in about two thirds of the samples.
 */
const cup: Geom[] = Array.from({ length: 5 }, (_, i) => {
  const a = (2 * Math.PI * i) / 5
  return sphere([palm[0] + 0.09 * Math.cos(a), -0.02, palm[2] + 0.09 * Math.sin(a)], 0.025)
})

const parts: Part[] = [
  {
    name: 'thigh',
    parent: 'pelvis',
    sided: true,
    anchor: [0.11, -0.037, 0],
    home: [-0.19, 0.12, 0.15],
    stand: [0.17, 0.18, 0.09],
    mass: 10,
    com: [0, -0.25, 0.013],
    geoms: [capsule([0, -0.1, 0], [0, -0.4612, 0.0256], 0.06)],
    inertia: [0.157, 0.018, 0.157],
    kp: 500,
    effort: 400,
  },
  {
    name: 'shin',
    parent: 'thigh',
    sided: true,
    anchor: [0, -0.4612, 0.0256],
    home: [0.62, 0, 0],
    stand: [0.13, 0, 0],
    mass: 3.8,
    com: [0, -0.2, -0.013],
    geoms: [capsule([0, -0.08, 0], [0, -0.3644, -0.0256], 0.054)],
    inertia: [0.0392, 0.00554, 0.0392],
    kp: 500,
    effort: 400,
  },
  {
    name: 'foot',
    parent: 'shin',
    sided: true,
    anchor: [0, -0.3644, -0.0256],
    home: [-0.07, 0.04, -0.13],
    stand: [-0.04, 0.08, -0.09],
    mass: 1.96,
    com: [0, -0.07, 0.04],
    geoms: [box([0, -0.074, 0.0345], [0.05, 0.044, 0.106])],
    inertia: [0.0086, 0.00897, 0.0029],
    kp: 400,
    effort: 250,
  },
  {
    name: 'torso',
    parent: 'pelvis',
    sided: false,
    anchor: [0, 0.088, -0.028],
    home: [0.34, 0, 0],
    stand: [0.2, 0, 0],
    mass: 5.2,
    com: [0, 0.1, 0.01],
    geoms: [sphere([0, 0.1, 0.02], 0.08)],
    inertia: [0.0133, 0.0133, 0.0133],
    kp: 1000,
    effort: 400,
  },
  {
    name: 'chest',
    parent: 'torso',
    sided: false,
    anchor: [0, 0.211, -0.016],
    home: [0.26, 0, 0],
    stand: [0.2, 0, 0],
    mass: 6.5,
    com: [0, 0.1, 0.02],
    geoms: [capsule([-0.05, 0.1, 0.02], [0.05, 0.1, 0.02], 0.09)],
    inertia: [0.0263, 0.0327, 0.0327],
    kp: 1000,
    effort: 400,
  },
  {
    name: 'head',
    parent: 'chest',
    sided: false,
    anchor: [0, 0.249, -0.011],
    home: [-0.26, 0, 0],
    stand: [0.1, 0, 0],
    mass: 4.9,
    com: [0, 0.13, 0.02],
    geoms: [sphere([0, 0.14, 0.028], 0.1)],
    inertia: [0.0196, 0.0196, 0.0196],
    kp: 100,
    effort: 50,
  },
  {
    name: 'clavicle',
    parent: 'chest',
    sided: true,
    anchor: [0.018, 0.135, 0.011],
    home: [0.22, 0.2, 0.07],
    stand: [0.3, 0.3, 0.01],
    mass: 1.1,
    com: [0.1, 0, 0],
    geoms: [],
    inertia: [0.002, 0.002, 0.002],
    kp: 400,
    effort: 150,
  },
  {
    name: 'upperArm',
    parent: 'clavicle',
    sided: true,
    anchor: [0.167, 0, 0],
    home: [0.12, -1.18, -0.55],
    stand: [0.58, -1.1, -0.97],
    mass: 1.9,
    com: [0.15, 0, 0],
    geoms: [capsule([0.06, 0, 0], [0.2525, 0, 0], 0.048)],
    inertia: [0.00219, 0.0103, 0.0103],
    kp: 400,
    effort: 150,
  },
  {
    name: 'forearm',
    parent: 'upperArm',
    sided: true,
    anchor: [0.252, 0, 0],
    home: [-0.37, -0.8, 0.44],
    stand: [-0.12, -0.31, 0.22],
    mass: 0.9,
    com: [0.12, 0, 0],
    geoms: [capsule([0.04, 0, 0], [0.2, 0, 0], 0.04)],
    inertia: [0.00072, 0.00336, 0.00336],
    kp: 300,
    effort: 100,
  },
  {
    name: 'hand',
    parent: 'forearm',
    sided: true,
    anchor: [0.244, 0, 0],
    home: [-0.34, -0.12, 0.06],
    stand: [-0.24, 0, -0.15],
    mass: 0.4,
    com: [0.08, 0, 0.005],
    geoms: [box([0.095, 0, 0.005], [0.085, 0.014, 0.05]), ...cup],
    inertia: [0.00036, 0.0013, 0.00099],
    kp: 100,
    effort: 40,
  },
]

/** Child-before-sibling order: legs, then trunk, head, arms. */
const order = [
  ...['left', 'right'].flatMap((s) => [`${s}Thigh`, `${s}Shin`, `${s}Foot`]),
  'torso',
  'chest',
  'head',
  ...['left', 'right'].flatMap((s) => [`${s}Clavicle`, `${s}UpperArm`, `${s}Forearm`, `${s}Hand`]),
]

const sidedName = (side: string, name: string) => `${side}${name[0].toUpperCase()}${name.slice(1)}`
const mirrorX = (v: Vec3): Vec3 => [-v[0], v[1], v[2]]

function mirrorGeom(g: Geom): Geom {
  return g.type === 'capsule' || g.type === 'cylinder'
    ? { ...g, from: mirrorX(g.from), to: mirrorX(g.to) }
    : { ...g, pos: mirrorX(g.pos) }
}

const pelvis: Link = {
  name: 'pelvis',
  parent: -1,
  mass: 10,
  com: [0, 0.02, 0],
  inertia: [0.12, 0.09, 0.12, 0, 0, 0],
  geoms: [sphere([0, 0, 0], 0.0985)],
}

function buildModel() {
  const links: Link[] = [pelvis]
  const joints: Joint[] = []
  const dofNames: string[] = []
  const kp: number[] = []
  const kd: number[] = []
  const effort: number[] = []
  const standing: number[] = []
  for (const name of order) {
    const side = name.startsWith('left') ? 'left' : name.startsWith('right') ? 'right' : ''
    const part = parts.find((p) => (side ? sidedName(side, p.name) : p.name) === name)!
    const parentIsSided = parts.some((p) => p.sided && p.name === part.parent)
    const parentName = parentIsSided ? sidedName(side, part.parent) : part.parent
    const right = side === 'right'
    links.push({
      name,
      parent: links.findIndex((l) => l.name === parentName),
      mass: part.mass,
      com: right ? mirrorX(part.com) : part.com,
      inertia: [...part.inertia, 0, 0, 0],
      geoms: right ? part.geoms.map(mirrorGeom) : part.geoms,
    })
    const onSide = (v: Vec3): Vec3 => (right ? [v[0], -v[1], -v[2]] : v)
    const home = quatExp(onSide(part.home))
    standing.push(...quatLog(quatMul(quatConj(home), quatExp(onSide(part.stand)))))
    joints.push({
      name,
      type: 'spherical',
      dof: dofNames.length,
      pos: right ? mirrorX(part.anchor) : part.anchor,
      quat: home,
      axis: [1, 0, 0],
      lower: [-Math.PI, -Math.PI, -Math.PI],
      upper: [Math.PI, Math.PI, Math.PI],
      effort: [part.effort, part.effort, part.effort],
      velocity: [30, 30, 30],
      armature: 0,
      damping: 0,
      frictionLoss: 0,
    })
    for (const axis of ['x', 'y', 'z']) {
      dofNames.push(`${name}_${axis}`)
      kp.push(part.kp)
      kd.push(part.kp / 10)
      effort.push(part.effort)
    }
  }
  const model: RobotModel = { name: 'ballplayer', base: 'floating', links, joints, dofNames }
  return { model, kp, kd, effort, standing }
}

/** Swap sides; a rotation vector mirrored across the y–z plane keeps x and flips y and z. */
function buildMirror(model: RobotModel): Mirror {
  const twin = (name: string) =>
    name.startsWith('left')
      ? `right${name.slice(4)}`
      : name.startsWith('right')
        ? `left${name.slice(5)}`
        : name
  return {
    dof: model.dofNames.map((name) => model.dofNames.indexOf(twin(name))),
    sign: model.dofNames.map((name) => (name.endsWith('_x') ? 1 : -1)),
    link: model.links.map((l) => model.links.findIndex((m) => m.name === twin(l.name))),
  }
}

const { model, kp, kd, effort, standing } = buildModel()

export const ballplayer: Robot = {
  name: 'ballplayer',
  model,
  roles: {
    base: 'pelvis',
    torso: 'chest',
    head: 'head',
    leftHand: 'leftHand',
    rightHand: 'rightHand',
    leftFoot: 'leftFoot',
    rightFoot: 'rightFoot',
    leftKnee: 'leftShin',
    rightKnee: 'rightShin',
    leftElbow: 'leftForearm',
    rightElbow: 'rightForearm',
    leftShoulder: 'leftUpperArm',
    rightShoulder: 'rightUpperArm',
  },
  forward: [0, 0, 1],
  qDefault: model.dofNames.map(() => 0),
  poses: { standing: { baseHeight: 0.965, q: standing } },
  standingHeight: 0.92,
  // Upright and facing +x: y → up, z → forward.
  standingQuat: [0.5, 0.5, 0.5, 0.5],
  kp,
  kd,
  effort,
  addedInertia: 0.05,
  gainLimit: { stiffness: 0.8, damping: 0.4 },
  mirror: buildMirror(model),
  sites: {
    leftPalm: { link: 'leftHand', pos: palm },
    rightPalm: { link: 'rightHand', pos: mirrorX(palm) },
    leftSole: { link: 'leftFoot', pos: [0, -0.118, 0.0345] },
    rightSole: { link: 'rightFoot', pos: [0, -0.118, 0.0345] },
  },
  feet: ['leftFoot', 'rightFoot'],
}
