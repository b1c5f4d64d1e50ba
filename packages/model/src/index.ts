export {
  bothSides,
  defineRobot,
  type JointRow,
  type LinkRow,
  type RobotTable,
} from './define-robot.ts'
export {
  box,
  capsule,
  cylinder,
  type GeomExtras,
  geomMass,
  geomVolume,
  moveGeom,
  sphere,
} from './geom.ts'
export {
  bindKinematics,
  jointMiddle,
  type Kinematics,
  type LinkPoses,
  type LinkVelocities,
  wrapAround,
} from './kinematics.ts'
export type { AttachedFrame, RobotFile } from './link-tree.ts'
export {
  combineMass,
  type Inertia,
  type MassProperties,
  massProblem,
  moveMass,
  principalMoments,
  rotateInertia,
} from './mass.ts'
export { mirrorGeom, mirrorOf, mirrorQuat, mirrorVec, twinName } from './mirror.ts'
export { type MjcfFile, type MjcfKeyframe, type MjcfOptions, readMjcf } from './mjcf.ts'
export { type Mirror, type Robot, type Role, roleIndex } from './robot.ts'
export { type RobotNotes, robotFromMjcf, robotFromUrdf } from './robot-from-file.ts'
export {
  dofCount,
  dofIndices,
  type Geom,
  type Joint,
  jointDofs,
  type Link,
  linkIndex,
  type RobotModel,
} from './robot-model.ts'
export { ballplayer } from './robots/ballplayer.ts'
export { type RobotName, robotByName, robots } from './robots.ts'
export { type Ground, type Hinge, objectIndex, type Scene, type SceneObject } from './scene.ts'
export {
  type ContactList,
  type Controls,
  createContactList,
  type Disturbance,
  type PhysicsSettings,
  type Randomization,
  type Simulator,
  type SimulatorOptions,
} from './simulator.ts'
export { checkSimulatorOptions } from './simulator-options.ts'
export type { ResetState, StateView } from './state-view.ts'
export { readUrdf, type UrdfOptions } from './urdf.ts'
