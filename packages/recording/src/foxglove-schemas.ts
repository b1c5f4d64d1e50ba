import * as foxglove from '@foxglove/schemas/jsonschema.js'

/** Foxglove's JSON schemas of what we say in its words. */
export const foxgloveSchemas = {
  transforms: foxglove.FrameTransforms,
  joints: foxglove.JointStates,
  scene: foxglove.SceneUpdate,
  log: foxglove.Log,
} as const
