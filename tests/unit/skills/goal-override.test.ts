import { createGoalOverride } from '@skillweave/skills'
import { expect, it } from 'vitest'

const skills = [
  {
    name: 'walking',
    goals: ['linVelX_mps', 'yawRate_radps'],
    ranges: [
      [-0.4, 1],
      [-0.6, 0.6],
    ] as const,
  },
  { name: 'squatting', goals: ['height_m'] },
]

it('numbers set by hand stand, the others stay the controller’s, and all can be given back', () => {
  const override = createGoalOverride(skills)
  const applied = () => {
    const goals = Float64Array.of(0.1, 0.2, 0.3)
    override.apply(goals)
    return [...goals]
  }
  expect(override.isActive).toBe(false)
  override.replace('walking', { yawRate_radps: 0.5 })
  override.replace('squatting', { height_m: -7 })
  expect(applied()).toEqual([0.1, 0.5, -7])
  const kept = override.snapshot()
  override.replace('walking', { linVelX_mps: 1 })
  expect(applied()).toEqual([1, 0.2, -7])
  override.replace('walking', null)
  override.replace('squatting', null)
  expect(override.isActive).toBe(false)
  expect(applied()).toEqual([0.1, 0.2, 0.3])
  override.rewind(kept)
  expect(override.isActive).toBe(true)
  expect(applied()).toEqual([0.1, 0.5, -7])
})

it('what does not exist or does not fit is refused with what does', () => {
  const override = createGoalOverride(skills)
  expect(() => override.replace('flying', {})).toThrow('there are walking, squatting')
  expect(() => override.replace('walking', { up_m: 1 })).toThrow(
    'walking is told no "up_m"; it is told linVelX_mps, yawRate_radps',
  )
  expect(() => override.replace('walking', { linVelX_mps: 2 })).toThrow(
    'linVelX_mps 2 of walking is outside [-0.4, 1]',
  )
  expect(() => override.replace('walking', { linVelX_mps: Number.NaN })).toThrow('outside')
  expect(override.isActive).toBe(false)
})
