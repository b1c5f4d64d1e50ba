import { dofCount, linkIndex } from './robot-model.ts'
import type { SimulatorOptions } from './simulator.ts'

/** Throws, saying what was found and what was expected, when no engine can simulate these options. */
export function checkSimulatorOptions({ robot, scene, nEnvs, physics }: SimulatorOptions): void {
  if (!(Number.isInteger(nEnvs) && nEnvs > 0)) {
    throw new Error(`nEnvs is ${nEnvs}; it must be a whole number above 0`)
  }
  for (const key of ['dt_s', 'solverIterations', 'pgsIterations'] as const) {
    if (!(physics[key] > 0))
      throw new Error(`physics.${key} is ${physics[key]}; it must be above 0`)
  }
  const nDof = dofCount(robot.model)
  for (const key of ['qDefault', 'kp', 'kd', 'effort'] as const) {
    if (robot[key].length !== nDof) {
      throw new Error(
        `${robot.name}.${key} has ${robot[key].length} values for ${nDof} coordinates`,
      )
    }
  }
  for (const foot of robot.feet) linkIndex(robot.model, foot)

  const names = new Set<string>()
  for (const object of scene.objects) {
    if (names.has(object.name)) throw new Error(`the scene has two objects named "${object.name}"`)
    if (object.hinge && !names.has(object.hinge.on)) {
      const before = [...names].join(', ') || 'none'
      throw new Error(
        `object "${object.name}" hangs on "${object.hinge.on}"; objects before it are ${before}`,
      )
    }
    if (object.hinge && object.motion !== 'dynamic') {
      throw new Error(`object "${object.name}" hangs on a hinge but is ${object.motion}`)
    }
    names.add(object.name)
    if (object.motion !== 'dynamic') continue
    if (!(object.mass > 0)) {
      throw new Error(
        `object "${object.name}" has mass ${object.mass} kg; a dynamic one needs a mass`,
      )
    }
    if (!object.geoms.some((g) => g.collides !== false)) {
      throw new Error(`object "${object.name}" is dynamic but none of its geoms collides`)
    }
  }
  const field = scene.ground.heightfield
  if (field && field.heights.length !== field.rows * field.columns) {
    throw new Error(
      `the heightfield has ${field.heights.length} heights for ${field.rows} rows of ${field.columns}`,
    )
  }
}
