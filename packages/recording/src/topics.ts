/** What is where in a file; docs/viewer.md 5. */
export const topics = {
  text: '/skillweave/text',
  frames: '/skillweave/frames',
  transforms: '/tf',
  joints: '/joint_states',
  scene: '/scene',
} as const

/** Name of the metadata record, and the profile in the file's header. */
export const profile = 'skillweave'
