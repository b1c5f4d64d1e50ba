import { type Quat, type Vec3, vecSub } from '@skillweave/math'
import {
  type Geom,
  geomVolume,
  type Joint,
  jointDofs,
  type Link,
  type Robot,
  type SceneObject,
  type SimulatorOptions,
} from '@skillweave/model'
import { contactPairs, geomName, linkBody, objectBody } from './contact-pairs.ts'
import { hangingOn } from './world-layout.ts'

/**
 * Robot, ground and objects as MJCF. Names: links `link/<name>`, objects `object/<name>`, so that a robot
 * and a scene cannot collide. Actuators are torques with damping, one per coordinate, model order.
 *
 * Which touches which of robot and ground, by bits: 1 ground, 2 links that may touch it, 4 links; a link's friction counts. What objects touch
 * is listed (`contactPairs`).
 */
export function worldMjcf(options: SimulatorOptions): string {
  const { robot, scene, physics } = options
  if (scene.ground.heightfield) {
    throw new Error('the MuJoCo engine has flat ground only; the scene has a heightfield')
  }
  const { friction } = scene.ground
  const linkGeoms = (link: Link): string => {
    const onGround = physics.groundContact === 'all' || robot.feet.includes(link.name)
    const contype = (onGround ? 2 : 0) | 4
    const conaffinity = physics.selfCollision ? 4 : 0
    return solidGeoms(linkBody(link.name), link.geoms, (g) => {
      const mu = ((g.friction ?? friction) + friction) / 2
      return `contype="${contype}" conaffinity="${conaffinity}" priority="1" friction="${mu}"`
    })
  }
  return `<mujoco model="${robot.name}">
  <compiler angle="radian" inertiafromgeom="auto" balanceinertia="false"/>
  <option timestep="${physics.dt_s}" integrator="implicitfast"/>
  <size memory="16M"/>
  <worldbody>
    <geom name="ground" type="plane" size="0 0 1" contype="1" conaffinity="2" friction="${friction}"/>
    ${bodyXml(robot, 0, linkGeoms)}
    ${scene.objects.map((o) => (o.hinge ? '' : objectXml(o, scene.objects))).join('')}
  </worldbody>
  <contact>${contactPairs(options)}</contact>
  <actuator>${robot.model.joints.map(motorXml).join('')}</actuator>
  <sensor>${robot.feet.map((f) => `<touch site="foot/${f}"/>`).join('')}</sensor>
</mujoco>`
}

/** `how`: the attributes of each besides its shape. */
const solidGeoms = (body: string, geoms: readonly Geom[], how: (geom: Geom) => string): string =>
  geoms
    .filter((g) => g.collides !== false)
    .map((g, i) => geomXml(g, `name="${geomName(body, i)}" ${how(g)}`))
    .join('')

function bodyXml(robot: Robot, k: number, geomsOf: (link: Link) => string): string {
  const { links, joints } = robot.model
  const link = links[k]
  const joint = k > 0 ? joints[k - 1] : undefined
  const place = joint ? `pos="${joint.pos.join(' ')}" quat="${wxyz(joint.quat)}"` : standing(robot)
  // As the Rapier engine has it: rotor inertia on every link but the base, about all axes.
  const added = joint
    ? Math.max(robot.addedInertia, joint.type === 'prismatic' ? 0 : joint.armature)
    : 0
  const [xx, yy, zz, xy, xz, yz] = link.inertia
  const inertia = [xx + added, yy + added, zz + added, xy, xz, yz].join(' ')
  const isFoot = robot.feet.includes(link.name)
  const children = links.map((l, i) => (l.parent === k ? bodyXml(robot, i, geomsOf) : '')).join('')
  return `<body name="${linkBody(link.name)}" ${place}>
    ${joint ? jointXml(joint) : robot.model.base === 'floating' ? '<freejoint/>' : ''}
    <inertial pos="${link.com.join(' ')}" mass="${link.mass}" fullinertia="${inertia}"/>
    ${isFoot ? `<site name="foot/${link.name}" type="sphere" size="0.5"/>` : ''}
    ${geomsOf(link)}${children}
  </body>`
}

const standing = (robot: Robot): string =>
  `pos="0 0 ${robot.standingHeight}" quat="${wxyz(robot.standingQuat)}"`

function jointXml(joint: Joint): string {
  const type = { revolute: 'hinge', prismatic: 'slide', spherical: 'ball' }[joint.type]
  const axis = joint.type === 'spherical' ? '' : `axis="${joint.axis.join(' ')}"`
  const [low, high] = [joint.lower[0], joint.upper[0]]
  const isLimited = joint.type !== 'spherical' && (Number.isFinite(low) || Number.isFinite(high))
  // MuJoCo wants both ends; far away stands for none.
  const range = `range="${Math.max(low, -1e3)} ${Math.min(high, 1e3)}"`
  return `<joint name="${joint.name}" type="${type}" ${axis}
    ${isLimited ? `limited="true" ${range}` : ''}
    damping="${joint.damping}" frictionloss="${joint.frictionLoss}"/>`
}

/** A torque that the simulator computes, minus kd times the rate, which the integrator treats implicitly. */
function motorXml(joint: Joint): string {
  const axes = joint.type === 'spherical' ? ['1 0 0', '0 1 0', '0 0 1'] : ['1 0 0']
  return axes
    .slice(0, jointDofs(joint))
    .map(
      (gear) => `<general joint="${joint.name}" gear="${gear} 0 0 0" biastype="affine"
        forcelimited="true" forcerange="-1 1"/>`,
    )
    .join('')
}

/** An object and what hangs on it. */
function objectXml(object: SceneObject, all: readonly SceneObject[]): string {
  const { name, mass, motion } = object
  const solid = object.geoms.filter((g) => g.collides !== false)
  // One density: MuJoCo makes the inertia from the masses of the geoms.
  const volume = solid.reduce((sum, g) => sum + geomVolume(g), 0)
  const geoms = solidGeoms(objectBody(name), solid, (g) => {
    const own = motion === 'dynamic' ? `mass="${(mass * geomVolume(g)) / volume}"` : ''
    return `contype="0" conaffinity="0" ${own}`
  })
  const hanging = hangingOn(all, name).map((i) => objectXml(all[i], all))
  return `<body name="${objectBody(name)}" ${carriedBy(object)}${geoms}${hanging.join('')}</body>`
}

/** What lets an object move: a body's attributes and its joint. */
function carriedBy({ name, motion, hinge }: SceneObject): string {
  if (motion === 'kinematic') return 'mocap="true" pos="0.6 0 1">'
  if (!hinge) return `pos="0.6 0 1"><freejoint name="${objectBody(name)}"/>`
  const { anchorOn, anchor, axis, lower, upper, damping } = hinge
  return `pos="${vecSub(anchorOn, anchor).join(' ')}">
    <joint name="${objectBody(name)}" type="hinge" pos="${anchor.join(' ')}" axis="${axis.join(' ')}"
      limited="true" range="${lower} ${upper}" damping="${damping}"/>`
}

/** `how`: everything but the shape. */
function geomXml(geom: Geom, how: string): string {
  switch (geom.type) {
    case 'sphere':
      return `<geom type="sphere" pos="${geom.pos.join(' ')}" size="${geom.radius}" ${how}/>`
    case 'box':
      return `<geom type="box" pos="${geom.pos.join(' ')}" quat="${wxyz(geom.quat)}"
        size="${geom.halfSize.join(' ')}" ${how}/>`
    default:
      return `<geom type="${geom.type}" fromto="${join(geom.from)} ${join(geom.to)}"
        size="${geom.radius}" ${how}/>`
  }
}

const join = (v: Vec3): string => v.join(' ')
/** MuJoCo's quaternions are w first. */
const wxyz = ([x, y, z, w]: Quat): string => `${w} ${x} ${y} ${z}`
