import { createQualityChoice, createQualityWatch } from '@skillweave/demos/web/auto-quality'
import { bookmarksOf, withBookmarks } from '@skillweave/demos/web/bookmarks'
import { captionWords } from '@skillweave/demos/web/caption'
import { nudge } from '@skillweave/demos/web/nudge'
import { createPlotMarkers } from '@skillweave/demos/web/plot-markers'
import {
  createSelection,
  jointOf,
  linkOf,
  signalsOf,
  subjectOf,
} from '@skillweave/demos/web/selection'
import {
  emptyMix,
  holdAt,
  isHeld,
  release,
  toggleMute,
  toggleSolo,
  weightsOf,
} from '@skillweave/demos/web/skill-mix'
import { robots } from '@skillweave/model'
import { describeRobot } from '@skillweave/protocol'
import { describe, expect, it } from 'vitest'

describe('the selection', () => {
  const arm = describeRobot({ id: 'arm', robot: robots.arm7 })
  const walk = { kind: 'skill', name: 'walk' } as const
  const ball = { kind: 'object', name: 'ball' } as const

  it('goes back through what was selected, nothing included', () => {
    const selection = createSelection()
    selection.choose(walk)
    selection.choose(walk)
    selection.choose(ball)
    selection.toggle(ball)
    expect(selection.now()).toBeNull()
    const back = [1, 2, 3, 4].map(() => {
      selection.undo()
      return selection.now()?.name ?? null
    })
    expect(back).toEqual(['ball', 'walk', null, null])
  })

  it('knows the signals of a joint, and the joint of a signal', () => {
    const link = linkOf(arm, 2)
    const [dof] = arm.dofNames.slice(arm.joints[2].dof)
    expect(jointOf(arm, link)).toBe(2)
    expect(jointOf(arm, { kind: 'link', name: arm.links[0].name })).toBeNull()
    const names = [`q.${dof}`, `qTarget.${dof}`, 'weight.walk', 'ball.height', 'q.other']
    expect(signalsOf(arm, link, names)).toEqual([`q.${dof}`, `qTarget.${dof}`])
    expect(signalsOf(arm, walk, names)).toEqual(['weight.walk'])
    expect(signalsOf(arm, ball, names)).toEqual(['ball.height'])
    expect(signalsOf(arm, null, names)).toEqual([])
    expect(subjectOf(arm, `tau.${dof}`)).toEqual(link)
    expect(subjectOf(arm, 'weight.walk')).toEqual(walk)
    expect(subjectOf(arm, 'reward.near')).toBeNull()
  })
})

it('an arrow key moves along the world axis that the camera looks along', () => {
  const from = (x: number, y: number) => [x, y, 2, 0, 0, 1]
  const plus = (v: readonly number[]) => v.map((x) => x + 0)
  expect(plus(nudge('up', from(-4, 1)))).toEqual([0.05, 0, 0])
  expect(plus(nudge('left', from(-4, 1)))).toEqual([0, 0.05, 0])
  expect(plus(nudge('down', from(1, 4)))).toEqual([0, 0.05, 0])
  expect(plus(nudge('right', from(1, 4)))).toEqual([-0.05, 0, 0])
  expect(nudge('lower', from(1, 4))).toEqual([0, 0, -0.05])
})

describe('a mix of skills', () => {
  it('is what faders hold, less what is muted, or one skill alone', () => {
    let mix = holdAt(emptyMix, 'walk', 0.6)
    mix = toggleMute(mix, 'reach')
    expect(weightsOf(mix)).toEqual({ walk: 0.6, reach: 0 })
    const alone = toggleSolo(mix, 'reach')
    expect(weightsOf(alone)).toEqual({ reach: 1 })
    expect(weightsOf(toggleSolo(alone, 'reach'))).toEqual({ walk: 0.6 })
    expect(weightsOf(toggleMute(toggleMute(mix, 'walk'), 'walk'))).toEqual({ walk: 0.6, reach: 0 })
    expect(weightsOf(holdAt(alone, 'step', 0.2))).toEqual({ walk: 0.6, step: 0.2 })
  })

  it('is nothing once everything is given back', () => {
    const mix = toggleMute(holdAt(emptyMix, 'walk', 0.6), 'reach')
    expect([isHeld(mix, 'reach'), isHeld(mix, 'step')]).toEqual([true, false])
    expect(weightsOf(release(release(mix, 'walk'), 'reach'))).toBeNull()
  })
})

describe('quality by itself', () => {
  /** Frames this far apart for so long; what the watch says on the way. */
  const watch = (quality: 'low' | 'medium' | 'high', every_ms: number, seconds: number) => {
    const { frame } = createQualityWatch()
    const said: string[] = []
    for (let t = 0; t <= 1000 * seconds; t += every_ms) {
      const lower = frame(t, quality)
      if (lower) said.push(lower)
    }
    return said
  }

  it('steps down when frames stay slow, and not before', () => {
    expect(watch('medium', 60, 2.9)).toEqual([])
    expect(watch('medium', 60, 3.2)).toEqual(['low'])
    expect(watch('high', 60, 3.2)).toEqual(['medium'])
    expect(watch('medium', 33, 20)).toEqual([])
    expect(watch('low', 300, 20)).toEqual([])
    // A page that was hidden says nothing.
    expect(watch('medium', 1500, 30)).toEqual([])
  })

  it('says so, and whoever chooses keeps their choice', () => {
    const said: string[] = []
    const make = (fixed: 'high' | null) =>
      createQualityChoice({ fixed, suited: 'medium', say: (text) => said.push(text) })
    const slow = (choice: ReturnType<typeof make>) => {
      for (let t = 0; t < 8000; t += 100) choice.frame(t)
      return choice.now()
    }
    const auto = make(null)
    expect([slow(auto), auto.isAuto(), said.length]).toEqual(['low', true, 1])
    expect(said[0]).toContain('quality is low now')
    auto.choose('high')
    expect([slow(auto), auto.isAuto(), said.length]).toEqual(['high', false, 1])
    auto.choose('auto')
    expect(auto.now()).toBe('medium')
    expect(slow(make('high'))).toBe('high')
  })
})

it('marks stand among the messages of a recording, before what came after them', () => {
  const frame = (time_s: number): Uint8Array => {
    const bytes = new Uint8Array(16)
    new DataView(bytes.buffer).setFloat64(8, time_s, true)
    return bytes
  }
  const messages = ['{"op":"world"}', frame(1), frame(2), frame(3)]
  const marks = [
    { time_s: 2, name: 'a "slip"' },
    { time_s: 9, name: 'late' },
  ]
  const out = withBookmarks(messages, marks)
  expect(out.map((m) => (typeof m === 'string' ? JSON.parse(m).data?.text : 'frame'))).toEqual([
    undefined,
    'frame',
    'frame',
    'a "slip"',
    'frame',
    'late',
  ])
  expect(bookmarksOf(out)).toEqual(marks)
  // Those of a recording that is recorded again stand there once.
  expect(bookmarksOf(withBookmarks(out, marks))).toEqual(marks)
})

it('a picture says which second of which run it is', () => {
  const facts = { title: 'Arm', time_s: 12.4, link: 'http://x/#v=1' }
  expect(captionWords({ ...facts, seed: 7 })).toBe('Arm · seed 7 · 12.40 s')
  expect(captionWords({ ...facts, seed: null })).toBe('Arm · 12.40 s')
})

it('markers come one after the other and go together', () => {
  const { a, b, put } = createPlotMarkers()
  const states = [1, 2, 3].map((t) => {
    put(t)
    return [a(), b()]
  })
  expect(states).toEqual([
    [1, null],
    [1, 2],
    [null, null],
  ])
})
