import type { Geom, Robot, SceneObject, SimulatorOptions } from '@skillweave/model'

/** What a geom is called in the MJCF. */
export const geomName = (body: string, i: number): string => `${body}/${i}`
export const linkBody = (link: string): string => `link/${link}`
export const objectBody = (object: string): string => `object/${object}`

interface Surface {
  readonly geom: string
  readonly friction: number
  readonly restitution: number
  /** Of a link: without a bounce of its own it takes away the other's. */
  readonly isLink: boolean
}

/**
 * What objects touch, as MJCF: one by one, because MuJoCo would take the rougher of two surfaces where the Rapier engine takes the mean.
 * Things that hang do not touch what they hang on.
 */
export function contactPairs({ robot, scene }: SimulatorOptions): string {
  const { friction, restitution } = scene.ground
  const ground: Surface = { geom: 'ground', friction, restitution, isLink: false }
  const links = linkSurfaces(robot, friction)
  const objects = scene.objects.map((object) => ({ object, surfaces: objectSurfaces(object) }))
  return objects
    .flatMap(({ object, surfaces }, i) => {
      const isMoving = object.motion === 'dynamic'
      const others = objects
        .slice(0, i)
        .filter(({ object: other }) => isMoving || other.motion === 'dynamic')
        .filter(({ object: other }) => object.hinge?.on !== other.name)
        .flatMap((other) => other.surfaces)
      const touched = [...(isMoving ? [ground] : []), ...links, ...others]
      return surfaces.flatMap((a) => touched.map((b) => pairXml(a, b)))
    })
    .join('')
}

const isSolid = (geom: Geom): boolean => geom.collides !== false

const linkSurfaces = (robot: Robot, friction: number): Surface[] =>
  robot.model.links.flatMap((link) =>
    link.geoms.filter(isSolid).map((geom, i) => ({
      geom: geomName(linkBody(link.name), i),
      friction: geom.friction ?? friction,
      restitution: geom.restitution ?? 0,
      isLink: true,
    })),
  )

const objectSurfaces = (object: SceneObject): Surface[] =>
  object.geoms.filter(isSolid).map((geom, i) => ({
    geom: geomName(objectBody(object.name), i),
    friction: geom.friction ?? object.friction,
    restitution: geom.restitution ?? object.restitution,
    isLink: false,
  }))

function pairXml(a: Surface, b: Surface): string {
  const mu = (a.friction + b.friction) / 2
  const takesAway = (b.isLink && b.restitution === 0) || (a.isLink && a.restitution === 0)
  const e = takesAway ? 0 : (a.restitution + b.restitution) / 2
  return `<pair geom1="${a.geom}" geom2="${b.geom}" friction="${mu} ${mu}" ${e > 0 ? `solref="${bounce(e)}"` : ''}/>`
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
