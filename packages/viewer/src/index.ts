export { type Anatomy, deriveAnatomy, type LinkAnatomy } from './anatomy.ts'
export { type Balance, bindBalance } from './balance.ts'
export { type CameraMode, cameraModes } from './camera.ts'
export { createFrames, type Frames } from './frames.ts'
export { createGoalMarks, type GoalHandle, type GoalMarks } from './goal-marks.ts'
export { bindKinematics, type Kinematics } from './kinematics.ts'
export type { ShellDetail } from './link-builder.ts'
export type { MarkName, ShownMarks } from './marks.ts'
export { type SceneColors, sceneColors, skillColor, skillColors, type Theme } from './palette.ts'
export { type Hit, pickLink, rayCapsule, setRay, type WorldRay } from './picking.ts'
export type { PlaceRequest } from './placeables.ts'
export type { GoalRequest, Picked, PointerHandlers, PushRequest } from './pointer.ts'
export {
  defaultQuality,
  type Quality,
  type QualityName,
  qualities,
  rendererName,
  shellDetail,
} from './quality.ts'
export { type BodyValues, createRobotView, type RobotView } from './robot.ts'
export { buildShells, triangleCount } from './shells.ts'
export type { ViewerStats } from './stats.ts'
export { type ColorMode, tintByReturn } from './tints.ts'
export { createViewer } from './viewer.ts'
export type { Gestures, RobotLight, Viewer, ViewerOptions } from './viewer-interface.ts'
