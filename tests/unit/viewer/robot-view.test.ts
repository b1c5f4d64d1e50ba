import { robots } from '@skillweave/model'
import {
  bodiesSpec,
  createBodiesWriter,
  createDecoder,
  createFrame,
  declareChannel,
  describeRobot,
} from '@skillweave/protocol'
import { createRobotView } from '@skillweave/viewer'
import { Group, MeshBasicMaterial } from 'three'
import { expect, test } from 'vitest'

test('a frame from the wire poses the robot as the default pose does', () => {
  for (const robot of Object.values(robots)) {
    const description = describeRobot({ id: robot.name, robot })
    const make = () =>
      createRobotView({
        root: new Group(),
        description,
        copies: 1,
        detail: 5,
        material: new MeshBasicMaterial(),
        castShadow: false,
      })
    const byDefault = make()
    byDefault.poseDefault(0, 0)
    const n = description.links.length
    const channel = declareChannel(1, bodiesSpec({ robot: description, objects: [] }))
    const writer = createBodiesWriter(channel, description)
    const linkPos_w = new Float64Array(n * 3)
    const linkQuat_w = new Float64Array(n * 4)
    linkPos_w[2] = description.base === 'floating' ? description.standingHeight : 0
    linkQuat_w.set(description.standingQuat)
    const none = new Float64Array(0)
    writer.set(0, {
      q: description.qDefault,
      linkPos_w,
      linkQuat_w,
      objectPos_w: none,
      objectQuat_w: none,
      objectLinVel_w: none,
      footContact: none,
    })
    const frame = createFrame(channel)
    expect(createDecoder(channel).decode(writer.encode(0), frame)).toBeNull()
    const byFrame = make()
    byFrame.pose(frame.values)
    for (let i = 0; i < n; i++) {
      const a = byDefault.matrices(i)
      const b = byFrame.matrices(i)
      // Quantised angles: a few tenths of a milliradian along a chain of seven.
      for (let k = 0; k < 16; k++) expect(b[k], description.links[i].name).toBeCloseTo(a[k], 2)
    }
  }
})
