import type { MjModel } from '@mujoco/mujoco'
import type { Randomization, Robot, Scene } from '@skillweave/model'
import type { WorldLayout } from './world-layout.ts'

/** Change masses and friction of a world that is built; gains are not MuJoCo's. Throws for what cannot change. */
export function randomizeModel(
  model: MjModel,
  {
    robot,
    scene,
    layout,
  }: { readonly robot: Robot; readonly scene: Scene; readonly layout: WorldLayout },
  to: Randomization,
): void {
  const nLinks = robot.model.links.length
  const mass = model.body_mass as Float64Array
  const inertia = model.body_inertia as Float64Array
  const scaleBody = (body: number, k: number) => {
    mass[body] *= k
    for (let c = 0; c < 3; c++) inertia[3 * body + c] *= k
  }
  if (to.massScale !== undefined) {
    // The base's mass has no rotor inertia mixed in: it tells what the present scale is.
    const scale = to.massScale / (mass[1] / robot.model.links[0].mass)
    for (let body = 1; body <= nLinks; body++) scaleBody(body, scale)
  }
  if (to.friction !== undefined) {
    const geomBody = model.geom_bodyid as Int32Array
    const friction = model.geom_friction as Float64Array
    for (const foot of robot.feet) {
      const body = 1 + robot.model.links.findIndex((l) => l.name === foot)
      for (let g = 0; g < geomBody.length; g++) {
        if (geomBody[g] === body) friction[3 * g] = to.friction
      }
    }
  }
  scene.objects.forEach((object, i) => {
    const { body } = layout.objects[i]
    const wanted = to.objectMass?.[i]
    if (wanted !== undefined && object.motion === 'dynamic') scaleBody(body, wanted / mass[body])
    if (to.objectRestitution?.[i] !== undefined) {
      throw new Error('the MuJoCo engine cannot change how objects bounce after it is built')
    }
  })
}
