import { robots } from '@skillweave/model'
import {
  bodiesSpec,
  createBodiesWriter,
  createDecoder,
  createFrame,
  declareChannel,
  describeRobot,
} from '@skillweave/protocol'
import { createRobotView, tintByReturn } from '@skillweave/viewer'
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

test('copies of a grid are coloured by their return, from dark to light', () => {
  const description = describeRobot({ id: 'arm', robot: robots.arm7 })
  const view = createRobotView({
    root: new Group(),
    description,
    copies: 3,
    detail: 5,
    material: new MeshBasicMaterial(),
    castShadow: false,
  })
  tintByReturn(view, [0, 0.5, 1])
  const lightness = [0, 1, 2].map((copy) => {
    const tints = view.tints(copy)
    // Every link of a copy in the same colour, all of it.
    for (let i = 0; i < tints.length; i++) expect(tints[i]).toBe(tints[i % 4])
    expect(tints[3]).toBe(1)
    return 0.21 * tints[0] + 0.72 * tints[1] + 0.07 * tints[2]
  })
  expect(lightness[1]).toBeGreaterThan(2 * lightness[0])
  expect(lightness[2]).toBeGreaterThan(2 * lightness[1])
})
