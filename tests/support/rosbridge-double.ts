/**
 * Stands for a ROS robot behind a rosbridge server, in memory: a trajectory controller that is where its newest point
 * says, joint states when asked for, and a `cmd_timeout` that is only what it answers.
 */
export function createRosbridgeDouble(options: {
  readonly joints: readonly string[]
  readonly cmdTimeout: string
}) {
  const q = options.joints.map(() => 0)
  const points: (readonly number[])[] = []
  let stamps = 0
  return {
    /** Where its joints are, rad. */
    q,
    /** Every point that the controller was given, rad. */
    points,
    /** An operation comes; returns the texts that answer it. */
    receive: (text: string): string[] => {
      const { op, id, topic, msg } = JSON.parse(text)
      if (op === 'publish' && topic === '/arm/joint_trajectory') {
        points.push(msg.points[0].positions)
        Object.assign(q, points.at(-1))
      }
      if (op !== 'call_service') return []
      const values = { value: options.cmdTimeout }
      return [JSON.stringify({ op: 'service_response', id, result: true, values })]
    },
    /** Its newest joint state. */
    state: (): string =>
      JSON.stringify({
        op: 'publish',
        topic: '/joint_states',
        msg: {
          header: { stamp: { sec: 0, nanosec: ++stamps } },
          name: options.joints,
          position: q,
          velocity: q.map(() => 0),
          effort: [],
        },
      }),
  }
}
