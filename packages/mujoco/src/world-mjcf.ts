import type { Quat, Vec3 } from '@skillweave/math'
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

/**
 * Robot, ground and objects as MJCF. Names: links `link/<name>`, objects `object/<name>`, so that a robot
 * and a scene cannot collide. Actuators are torques with damping, one per coordinate, model order.
 *
 * Which touches which, by bits: 1 ground, 2 links that may touch the ground, 4 links, 8 objects.
 * Whose friction and bounce count, by priority: a robot's over an object's over the ground's.
 */
export function worldMjcf({ robot, scene, physics }: SimulatorOptions): string {
  if (scene.ground.heightfield) {
    throw new Error('the MuJoCo engine has flat ground only; the scene has a heightfield')
  }
  const { friction } = scene.ground
  const mix = (own: number) => (own + friction) / 2
  const geomsOf = (link: Link): string => {
    const onGround = physics.groundContact === 'all' || robot.feet.includes(link.name)
    const contype = (onGround ? 2 : 0) | 4
    const conaffinity = (physics.selfCollision ? 4 : 0) | 8
    return link.geoms
      .filter((g) => g.collides !== false)
      .map((g) =>
        geomXml(g, { contype, conaffinity, priority: 2, mu: mix(g.friction ?? friction) }),
      )
      .join('')
  }
  return `<mujoco model="${robot.name}">
  <compiler angle="radian" inertiafromgeom="auto" balanceinertia="false"/>
  <option timestep="${physics.dt_s}" integrator="implicitfast"/>
  <size memory="16M"/>
  <worldbody>
    <geom name="ground" type="plane" size="0 0 1" contype="1" conaffinity="${2 | 8}" friction="${friction}"/>
    ${bodyXml(robot, 0, geomsOf)}
    ${scene.objects.map((o) => objectXml(o, mix(o.friction))).join('')}
  </worldbody>
  <actuator>${robot.model.joints.map(motorXml).join('')}</actuator>
  <sensor>${robot.feet.map((f) => `<touch site="foot/${f}"/>`).join('')}</sensor>
</mujoco>`
}

interface Contact {
  readonly contype: number
  readonly conaffinity: number
  readonly priority: number
  readonly mu: number
  readonly solref?: string
  /** kg; absent where the body has its own. */
  readonly mass?: number
}

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
  return `<body name="link/${link.name}" ${place}>
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

function objectXml(object: SceneObject, mu: number): string {
  const { name, mass, motion, hinge } = object
  if (hinge) throw new Error(`object "${name}": the MuJoCo engine has no hinges between objects`)
  const isDynamic = motion === 'dynamic'
  const contact = {
    ...{ contype: 8, conaffinity: 1 | 2 | 4 | 8, priority: 1, mu },
    solref: bounce(object.restitution),
  }
  const solid = object.geoms.filter((g) => g.collides !== false)
  // One density: MuJoCo makes the inertia from the masses of the geoms.
  const volume = solid.reduce((sum, g) => sum + geomVolume(g), 0)
  const geoms = solid.map((g) =>
    geomXml(g, isDynamic ? { ...contact, mass: (mass * geomVolume(g)) / volume } : contact),
  )
  return `<body name="object/${name}" mocap="${!isDynamic}" pos="0.6 0 1">
    ${isDynamic ? `<freejoint name="object/${name}"/>` : ''}${geoms.join('')}
  </body>`
}

/**
 * A spring and damper that give a restitution e: the damping ratio ζ of e = exp(−πζ/√(1 − ζ²)), with a
 * contact of about 25 ms.
 */
function bounce(restitution: number): string {
  const log = Math.log(Math.max(restitution, 1e-3))
  const zeta = Math.min(1, -log / Math.hypot(Math.PI, log))
  const omega = Math.PI / (0.025 * Math.sqrt(Math.max(1e-3, 1 - zeta * zeta)))
  return `${1 / (zeta * omega)} ${zeta}`
}

function geomXml(geom: Geom, contact: Contact): string {
  const how = `contype="${contact.contype}" conaffinity="${contact.conaffinity}"
    priority="${contact.priority}" friction="${contact.mu}" ${contact.solref ? `solref="${contact.solref}"` : ''}
    ${contact.mass === undefined ? '' : `mass="${contact.mass}"`}`
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
