import {
  formatManifest,
  matchManifest,
  type PolicyManifest,
  parseManifest,
  requireManifest,
} from '@skillweave/policy'
import { describe, expect, it } from 'vitest'

const manifest: PolicyManifest = {
  formatVersion: 1,
  name: 'h1-walk',
  robot: 'h1',
  task: 'walk',
  jointNames: ['hip', 'knee'],
  observation: [
    { name: 'jointPosRel', size: 2, scale: 1, history: 1 },
    { name: 'jointVel', size: 2, scale: 0.05, history: 1 },
  ],
  action: { kind: 'jointPosition', joints: ['hip', 'knee'], scale: [0.25, 0.25], offset: [0, 0.5] },
  gains: { kp: [200, 300], kd: [5, 6], effort: [200, 300] },
  controlDt_s: 0.02,
  physics: { decimation: 4 },
  provenance: {
    command: 'train walk',
    seed: 1,
    samples: 1000,
    minutes: 0.1,
    buildHash: 'abc',
    parents: [],
  },
}

describe('manifest', () => {
  it('comes back from its text', () => {
    expect(parseManifest(formatManifest(manifest))).toEqual(manifest)
  })

  it('lists everything that is wrong', () => {
    const broken = {
      ...manifest,
      formatVersion: 2,
      robot: undefined,
      observation: [{ name: 'a', size: -1, scale: null, history: 1 }],
    }
    expect(() => parseManifest(JSON.stringify(broken))).toThrow(
      [
        'policy manifest:',
        '  formatVersion is 2, expected 1',
        '  robot is missing, expected a text',
        '  observation[0].size is -1, expected a count',
        '  observation[0].scale is null, expected a finite number',
      ].join('\n'),
    )
  })

  it('checks lengths and joint names against each other', () => {
    const broken = {
      ...manifest,
      action: { ...manifest.action, joints: ['hip', 'elbow'], scale: [1] },
    }
    expect(() => parseManifest(JSON.stringify(broken))).toThrow(
      'action.scale has 1 values for 2 joints\n  action.joints not in jointNames: elbow',
    )
  })

  it('of a blend acts on its skills, not on joints', () => {
    const joints = ['walk', 'squat']
    const blend = { ...manifest, skills: joints, action: { ...manifest.action, joints } }
    expect(parseManifest(formatManifest(blend)).action.joints).toEqual(joints)
    const other = { ...blend, skills: ['walk', 'reach'] }
    expect(() => parseManifest(formatManifest(other))).toThrow(
      'action.joints not in jointNames: walk, squat',
    )
  })

  it('refuses text that is not JSON', () => {
    expect(() => parseManifest('{')).toThrow('policy manifest: not JSON')
  })

  it('fits itself', () => {
    const { robot, task, jointNames, observation, controlDt_s } = manifest
    const same = { robot, task, jointNames, observation, controlDt_s, actionSize: 2 }
    expect(matchManifest(manifest, same)).toEqual([])
  })

  it('lists all differences in one error', () => {
    const other = {
      robot: 'g1',
      actionSize: 3,
      observation: [
        { name: 'jointPosRel', size: 3 },
        { name: 'jointVel', size: 2 },
        { name: 'clock', size: 2 },
      ],
    }
    expect(() => requireManifest(manifest, other)).toThrow(
      [
        'policy h1-walk does not fit:',
        '  robot: needs h1, has g1',
        '  action size: needs 2, has 3',
        '  observation term 0: needs jointPosRel [2], has jointPosRel [3]',
        '  observation term 2: needs nothing, has clock [2]',
      ].join('\n'),
    )
  })
})
