import { readFileSync } from 'node:fs'
import { robots } from '@skillweave/model'
import {
  blendSpec,
  bodiesSpec,
  closeCodes,
  contactsSpec,
  describeRobot,
  eventNames,
  gridSpec,
  kinds,
  methods,
  ops,
  protocolRevision,
  robotAppliedSpec,
  robotCommandSpec,
  robotStateSpec,
  sha256Hex,
  signalsSpec,
} from '@skillweave/protocol'
import { expect, it } from 'vitest'

const record = new URL('./revisions.json', import.meta.url)

/** Everything that other programs may rely on: names, codes, and the layout of every channel. */
function contents(): Record<string, unknown> {
  const robot = describeRobot({ id: 'robot', robot: robots.ballplayer })
  const arm = describeRobot({ id: 'arm', robot: robots.arm7 })
  const objects = [{ name: 'ball', motion: 'dynamic', mass: 1, geoms: [] }] as const
  const skills = [{ name: 'walk', title: 'Walk', color: 0, goals: ['linVelX_mps'] }]
  const joints = { names: ['hip', 'rail'], isSlide: [false, true] }
  const specs = [
    bodiesSpec({ robot, objects }),
    bodiesSpec({ robot: arm, objects: [] }),
    gridSpec({ robot, objects, copies: 2, endings: ['fell'] }),
    blendSpec({ robot: arm, skills, perJoint: true }),
    contactsSpec({ robot: arm, objects }),
    signalsSpec({ signals: [{ name: 'base.x', unit: 'm' }] }),
    robotStateSpec('robot', joints),
    robotCommandSpec('robot', joints),
    robotAppliedSpec('robot', joints),
  ]
  return {
    layouts: specs.map((s) => ({ name: s.name, class: s.class, hash: s.layout.hash })),
    ops,
    methods: Object.entries(methods).map(([name, { role }]) => [name, role]),
    events: eventNames,
    kinds,
    closeCodes,
  }
}

/**
 * A change that other programs can see gets a new revision, with a new entry in `revisions.json`; entries of
 * earlier revisions are never edited.
 */
it('what is on the wire changes only with the revision', () => {
  const revisions = JSON.parse(readFileSync(record, 'utf8')) as Record<string, string>
  const digest = sha256Hex(JSON.stringify(contents()))
  expect(
    revisions[protocolRevision],
    `the wire has changed: raise protocolRevision in packages/protocol/src/version.ts and add "${protocolRevision + 1}": "${digest}" to tests/protocol/revisions.json (or "${protocolRevision}" if this revision is not out yet)`,
  ).toBe(digest)
  expect(Math.max(...Object.keys(revisions).map(Number))).toBe(protocolRevision)
})
