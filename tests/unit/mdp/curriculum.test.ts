import { Curriculum } from '@skillweave/mdp'
import { describe, expect, it } from 'vitest'

describe('a curriculum', () => {
  const make = (risePer1000 = 100) =>
    new Curriculum({ riseAbove: 0.5, fallBelow: 0.2, risePer1000, memory: 0.1, success: 0 })

  it('rises while episodes succeed, to 1, and falls half as fast when they fail', () => {
    const curriculum = make()
    for (let i = 0; i < 7; i++) curriculum.record(1)
    expect(curriculum.level).toBeCloseTo(0.1)
    for (let i = 0; i < 1000; i++) curriculum.record(1)
    expect(curriculum.level).toBe(1)
    for (let i = 0; i < 16; i++) curriculum.record(0)
    expect(curriculum.level).toBeCloseTo(0.95)
    for (let i = 0; i < 1000; i++) curriculum.record(0)
    expect(curriculum.level).toBe(0)
  })

  it('stays where it is between the two thresholds', () => {
    const curriculum = make()
    curriculum.restore({ level: 0.4, success: 0.35 })
    for (let i = 0; i < 50; i++) curriculum.record(0.35)
    expect(curriculum.level).toBe(0.4)
  })

  it('is at 1 from the beginning when it has no pace', () => {
    const curriculum = make(0)
    curriculum.record(0)
    expect(curriculum.save()).toEqual({ level: 1, success: 0 })
  })

  it('goes on from what was saved', () => {
    const first = make()
    for (let i = 0; i < 20; i++) first.record(1)
    const second = make()
    second.restore(first.save())
    first.record(1)
    second.record(1)
    expect(second.save()).toEqual(first.save())
  })
})
