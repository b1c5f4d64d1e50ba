import { createWeightOverride } from '@skillweave/skills'
import { describe, expect, it } from 'vitest'

const skills = ['walking', 'reaching', 'squatting']
const joints = ['hip', 'elbow']

function applied(set: (o: ReturnType<typeof createWeightOverride>) => void): number[] {
  const override = createWeightOverride(skills, joints)
  set(override)
  const weights = Float32Array.of(0.5, 0.2, 0.25, 0.2, 0.25, 0.6)
  override.apply(weights)
  return Array.from(weights, (w) => +w.toFixed(5))
}

describe('weights by hand', () => {
  it('leave the controller alone where nothing is set', () => {
    expect(applied(() => {})).toEqual([0.5, 0.2, 0.25, 0.2, 0.25, 0.6])
  })

  it('stand, and the others share the rest as before', () => {
    expect(applied((o) => o.set('walking', 0, ['hip']))).toEqual([0, 0.2, 0.5, 0.2, 0.5, 0.6])
    expect(applied((o) => o.set('reaching', 1))).toEqual([0, 0, 1, 1, 0, 0])
  })

  it('are shared out when they ask for more than all', () => {
    expect(
      applied((o) => {
        o.set('walking', 1, ['hip'])
        o.set('reaching', 1, ['hip'])
      }),
    ).toEqual([0.5, 0.2, 0.5, 0.2, 0, 0.6])
  })

  it('are given back', () => {
    expect(
      applied((o) => {
        o.set('walking', 1)
        o.set('walking', null)
      }),
    ).toEqual([0.5, 0.2, 0.25, 0.2, 0.25, 0.6])
  })

  it('replace all that was said about some joints', () => {
    expect(
      applied((o) => {
        o.replace({ walking: 1 })
        o.replace({ reaching: 0.5 }, ['elbow'])
      }),
    ).toEqual([1, 0.125, 0, 0.5, 0, 0.375])
    expect(
      applied((o) => {
        o.replace({ walking: 1 })
        o.replace(null)
        expect(o.isActive).toBe(false)
      }),
    ).toEqual([0.5, 0.2, 0.25, 0.2, 0.25, 0.6])
  })

  it('fill a joint up by themselves where nobody else is free to', () => {
    expect(applied((o) => o.replace({ walking: 0.2, reaching: 0.2, squatting: 0 }))).toEqual([
      0.5, 0.5, 0.5, 0.5, 0, 0,
    ])
    const override = createWeightOverride(skills, joints)
    expect(() => override.replace({ walking: 0, reaching: 0, squatting: 0 })).toThrow(
      'at least one weight must be above zero',
    )
    expect(() => override.replace({ walking: 1, flying: 1 })).toThrow('no skill "flying"')
    expect(override.isActive).toBe(false)
  })

  it('go to the others alike where the controller has only the muted one', () => {
    const override = createWeightOverride(skills, joints)
    override.replace({ walking: 0 })
    const weights = Float32Array.of(1, 1, 0, 0, 0, 0)
    override.apply(weights)
    expect([...weights]).toEqual([0, 0, 0.5, 0.5, 0.5, 0.5])
  })

  it('get there and back on a ramp, without a jump, and sum to one on the way', () => {
    const override = createWeightOverride(skills, joints, 0.1)
    const walking: number[] = []
    const step = (): void => {
      const weights = Float32Array.of(0.5, 0.2, 0.25, 0.2, 0.25, 0.6)
      if (override.isActive) override.apply(weights)
      walking.push(+weights[0].toFixed(4))
      expect(weights[0] + weights[2] + weights[4]).toBeCloseTo(1, 6)
    }
    step()
    override.replace({ walking: 1 }, joints, 0.5)
    for (let i = 0; i < 3; i++) step()
    const kept = override.snapshot()
    for (let i = 0; i < 3; i++) step()
    expect(walking).toEqual([0.5, 0.6, 0.7, 0.8, 0.9, 1, 1])
    // Another wish on the way begins where the weights are.
    override.rewind(kept)
    override.replace(null, joints, 0.3)
    walking.length = 0
    for (let i = 0; i < 4; i++) step()
    expect(walking).toEqual([0.7, 0.6, 0.5, 0.5])
    expect(override.isActive).toBe(false)
  })

  it('are refused with what exists', () => {
    const override = createWeightOverride(skills, joints)
    expect(() => override.set('walking', 1.5)).toThrow('weight 1.5 of walking is outside [0, 1]')
    expect(() => override.set('walking', Number.NaN)).toThrow('outside [0, 1]')
    expect(() => override.set('flying', 1)).toThrow(
      'no skill "flying"; this controller blends walking, reaching, squatting',
    )
    expect(() => override.set('walking', 1, ['tail'])).toThrow('no joint "tail"; there are hip')
  })
})
