import type { PhysicsSettings, Robot, Scene, SceneObject } from '@skillweave/model'
import { createSimulator, type SimulatorInternals } from '@skillweave/sim'

export const flatScene: Scene = { ground: { friction: 1, restitution: 0 }, objects: [] }

/** A scene with one ball on a floor that bounces. */
export const ballScene = (ball: Partial<SceneObject> = {}): Scene => ({
  ground: { friction: 1, restitution: 0.8 },
  objects: [
    {
      name: 'ball',
      motion: 'dynamic',
      mass: 0.62,
      geoms: [{ type: 'sphere', pos: [0, 0, 0], radius: 0.12 }],
      friction: 0.8,
      restitution: 0.8,
      linearDamping: 0,
      angularDamping: 0,
      ccd: true,
      ...ball,
    },
  ],
})

export const physicsSettings = (overrides: Partial<PhysicsSettings> = {}): PhysicsSettings => ({
  dt_s: 1 / 200,
  solverIterations: 2,
  pgsIterations: 8,
  groundContact: 'all',
  selfCollision: false,
  footContact: false,
  ...overrides,
})

export const makeSimulator = (
  robot: Robot,
  {
    scene = flatScene,
    nEnvs = 1,
    physics = {},
    bodyAccess = 'auto',
  }: {
    scene?: Scene
    nEnvs?: number
    physics?: Partial<PhysicsSettings>
  } & SimulatorInternals = {},
) => createSimulator({ robot, scene, nEnvs, physics: physicsSettings(physics) }, { bodyAccess })
