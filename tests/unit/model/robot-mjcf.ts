import type { Quat, Vec3 } from '@skillweave/math'
import type { Geom, Link, RobotModel } from '@skillweave/model'

/** A model written as MJCF, for MuJoCo to judge. Links whose joints meet never collide there. */
export function writeMjcf(model: RobotModel): string {
  const children = model.links.map((_, i) =>
    model.links.flatMap((l, k) => (l.parent === i ? [k] : [])),
  )
  const body = (i: number): string => {
    const link = model.links[i]
    const joint = i > 0 ? model.joints[i - 1] : undefined
    const at = joint ? `pos="${join(joint.pos)}" quat="${wxyz(joint.quat)}"` : ''
    return `<body name="${link.name}" ${at}>${jointXml(model, i)}${inertial(link)}
      ${link.geoms.map(geomXml).join('')}${children[i].map(body).join('')}</body>`
  }
  return `<mujoco model="${model.name}"><compiler angle="radian"/>
    <worldbody>${body(0)}</worldbody></mujoco>`
}

function jointXml(model: RobotModel, i: number): string {
  if (i === 0) return model.base === 'floating' ? '<freejoint/>' : ''
  const j = model.joints[i - 1]
  const type = { revolute: 'hinge', prismatic: 'slide', spherical: 'ball' }[j.type]
  const limited = Number.isFinite(j.lower[0]) && j.type !== 'spherical'
  const range = limited ? `range="${j.lower[0]} ${j.upper[0]}"` : ''
  const force = `actuatorfrcrange="${-j.effort[0]} ${j.effort[0]}"`
  return `<joint name="${j.name}" type="${type}" axis="${join(j.axis)}" ${range}
    ${j.type === 'spherical' ? '' : force}/>`
}

const inertial = (link: Link): string =>
  `<inertial mass="${link.mass}" pos="${join(link.com)}" fullinertia="${join(link.inertia)}"/>`

function geomXml(geom: Geom): string {
  const collides = geom.collides === false ? 'contype="0" conaffinity="0"' : ''
  if (geom.type === 'sphere') {
    return `<geom type="sphere" pos="${join(geom.pos)}" size="${geom.radius}" ${collides}/>`
  }
  if (geom.type === 'box') {
    return `<geom type="box" pos="${join(geom.pos)}" quat="${wxyz(geom.quat)}"
      size="${join(geom.halfSize)}" ${collides}/>`
  }
  return `<geom type="${geom.type}" fromto="${join(geom.from)} ${join(geom.to)}"
    size="${geom.radius}" ${collides}/>`
}

const join = (v: Vec3 | readonly number[]): string => v.join(' ')
const wxyz = (q: Quat): string => join([q[3], q[0], q[1], q[2]])
