import { compile } from '@skillweave/demos/web/expressions'
import { createHistory } from '@skillweave/demos/web/history'
import { formatLink, parseLink } from '@skillweave/demos/web/link'
import { describe, expect, it } from 'vitest'

describe('a formula', () => {
  const names = { list: ['q.elbow', 'q.wrist', 'base.x', 'base.y', 'base.z', 't'] }
  const values = [2, 3, 1, 2, 2, 10]
  const value = async (text: string): Promise<number> =>
    (await compile(text, names)).next(values, 0)

  it.each([
    ['q.elbow - q.wrist', -1],
    ['2 q.elbow ^ 2', 8],
    ['norm(base)', 3],
    ['max(base.x, base.y, 7)', 7],
    ['deg(pi)', 180],
    ['q.elbow > 1 ? 5 : 6', 5],
    ['1 < q.elbow < q.wrist', 1],
    ['not (q.elbow == 2) or t >= 10', 1],
    ['-abs(-q.wrist) % 2', 1],
  ])('%s is %d', async (text, expected) => {
    expect(await value(text)).toBeCloseTo(expected, 12)
  })

  it('remembers what its filters need, and forgets it when time jumps back', async () => {
    const slope = await compile('d(q.elbow)', names)
    expect([0, 1, 2].map((i) => slope.next([i * i], i / 10))).toEqual([0, 10, 30])
    expect(slope.next([5], 0)).toBe(0)
    const rms = await compile('rms(q.elbow, 1 s)', names)
    for (let i = 0; i < 100; i++) rms.next([3], i / 50)
    expect(rms.next([3], 2)).toBeCloseTo(3, 12)
    const low = await compile('lp(q.elbow, 5 Hz)', names)
    low.next([0], 0)
    expect(low.next([1], 1 / (10 * Math.PI))).toBeCloseTo(1 - 1 / Math.E, 6)
  })

  it.each([
    ['x = 3', 'an assignment'],
    ['f(x) = x', 'a definition'],
    ['[1, 2]', 'a list'],
    ['q.elbow; q.wrist', 'more than one line'],
    ['import("fs")', 'no function "import"'],
    ['q.constructor', 'no signal "q.constructor"'],
    ['constructor', 'no signal "constructor"'],
    ['toString()', 'no function "toString"'],
    ['q["elbow"]', 'cannot index'],
    ['d(q.elbow, 2)', 'd takes 1 values, not 2'],
    ['q.elbw', 'did you mean "q.elbow"?'],
    ['"text"', 'is not a number'],
    ['2 +', 'Unexpected end'],
  ])('%s is refused: %s', async (text, reason) => {
    await expect(compile(text, names)).rejects.toThrow(reason)
  })
})

describe('a history', () => {
  it('gives what came after a time, which then is its own', () => {
    const history = createHistory(8)
    history.reset(2)
    for (let i = 0; i < 5; i++) history.push(i, [i, -i])
    const since = history.since(2)
    history.push(3, [7, 7])
    expect([since.count, since.timeAt(0), since.valueAt(1, 1)]).toEqual([2, 3, -4])
    expect(history.since(99).count).toBe(0)
  })

  it('drops the old future when time goes back', () => {
    const history = createHistory(4)
    history.reset(1)
    for (const t of [1, 2, 3, 4, 5]) history.push(t, [10 * t])
    expect(history.count).toBe(4)
    history.push(3, [99])
    expect([0, 1].map((k) => [history.timeAt(k), history.valueAt(k, 0)])).toEqual([
      [2, 20],
      [3, 99],
    ])
    expect(history.firstFrom(2.5)).toBe(1)
  })
})

describe('a link', () => {
  it('says what it was made of', () => {
    const facts = {
      demo: 'arm',
      seed: 7,
      at_s: 12.25,
      camera: [1, -2, 3, 0, 0.5, 1],
      speed: 0.25,
      bookmarks: [{ time_s: 11.5, name: 'slips & falls' }],
      kicks: [{ time_s: 3.033, link: 'left_knee', impulse_w: [12.35, -0.5, 0] as const }],
    }
    const text = formatLink(facts)
    expect(text.length).toBeLessThan(400)
    expect(parseLink(`#${text}`)).toEqual(facts)
  })

  it('that is malformed says less, not nonsense', () => {
    expect(
      parseLink('#demo=../../x&seed=-1&t=no&cam=1_2&speed=1e9&mark=no+number&mark=-1+x'),
    ).toEqual({})
  })
})
