import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { commandLine, lastLine } from '../support/command-line.ts'

const { folder, skillweave } = commandLine()

const short = ['--envs', '16', '--samples', '1500', '--json'] as const

describe('from primitives to a task', { timeout: 600_000 }, () => {
  test('skills are trained, blended, and measured by both protocols', async () => {
    for (const task of ['walking', 'reaching']) {
      const { code, err } = await skillweave('train', task, ...short)
      expect(code, err).toBe(0)
    }
    for (const controller of ['blend', 'flat']) {
      const how = ['--controller', controller, ...short]
      const trained = await skillweave('train', 'far-reach', ...how)
      expect(trained.code, trained.err).toBe(0)
      expect(lastLine(trained.out).run).toBe(`far-reach-h1-${controller}`)
    }
    const manifest = JSON.parse(
      readFileSync(join(folder, '.runs/far-reach-h1-blend/policy.json'), 'utf8'),
    )
    expect(manifest.skills).toEqual(['walking', 'reaching'])
    expect(manifest.provenance.parents).toEqual(['walking-h1', 'reaching-h1'])
    expect(manifest.observation.at(-2)).toMatchObject({ name: 'body', history: 5 })

    const which = ['--tasks', 'far-reach', '--controllers', 'blend,flat']
    const evaluate = [
      'evaluate',
      'skillbench',
      ...which,
      '--episodes',
      '4',
      '--seed',
      '3',
      '--json',
    ]
    const paper = await skillweave(...evaluate)
    expect(paper.code, paper.err).toBe(0)
    expect(lastLine(paper.out)).toMatchObject({
      robot: 'h1',
      protocol: 'paper',
      seed: 3,
      tasks: { 'far-reach': { threshold: 0.05, paper: { error: 0.021 }, blend: {}, flat: {} } },
    })
    expect(Object.keys(lastLine(paper.out).tasks['far-reach'].blend)).toEqual([
      'error',
      'std',
      'tilt',
      'height',
      'torque',
      'power',
    ])
    const practical = await skillweave(...evaluate, '--protocol', 'practical')
    expect(practical.code, practical.err).toBe(0)
    expect(Object.keys(lastLine(practical.out).tasks['far-reach'].blend)).toEqual([
      'success',
      'low',
      'high',
      'fallRate',
      'timeToSuccess_s',
      'energy_J',
    ])
    const again = await skillweave(...evaluate)
    expect(lastLine(again.out)).toEqual(lastLine(paper.out))
  })

  test('a primitive alone is measured', async () => {
    const how = ['--skill', 'walking', '--episodes', '4', '--json']
    const { code, out, err } = await skillweave('evaluate', 'primitives', ...how)
    expect(code, err).toBe(0)
    // A policy of so few samples may fall before its velocity can be judged.
    expect(Object.keys(lastLine(out).skills.walking)).toEqual(
      expect.arrayContaining(['footClearance_m', 'fallRate', 'episodes']),
    )
  })

  test('is seen in a demo, by any of its controllers', async () => {
    const how = ['--headless', '--seconds', '0.5', '--seed', '2', '--json']
    const blend = await skillweave('demo', 'far-reach', ...how)
    expect(blend.code, blend.err).toBe(0)
    expect(blend.err).toContain('far-reach-h1-blend: .runs/far-reach-h1-blend/policy.onnx')
    expect(lastLine(blend.out)).toMatchObject({ demo: 'far-reach', seed: 2, falls: 0, goals: 1 })
    expect(Object.keys(lastLine(blend.out).skillTime)).toEqual(['walking', 'reaching'])
    const flat = await skillweave('demo', 'far-reach', '--controller', 'flat', ...how)
    expect(flat.code, flat.err).toBe(0)
    expect(lastLine(flat.out).hash).not.toBe(lastLine(blend.out).hash)
    const again = await skillweave('demo', 'far-reach', ...how)
    expect(lastLine(again.out).hash).toBe(lastLine(blend.out).hash)
  })

  test('a name means a finished run, then what is shipped; a path means what it says', async () => {
    const demo = ['demo', 'walking', '--headless', '--seconds', '0.1']
    expect((await skillweave(...demo)).err).toContain('walking-h1: .runs/walking-h1/policy.onnx')
    const path = join(folder, '.runs/walking-h1/settings.json')
    const settings = readFileSync(path, 'utf8')
    writeFileSync(path, JSON.stringify({ ...JSON.parse(settings), samples: 1e9 }))
    expect((await skillweave(...demo)).err).toContain('demos/policies/walking-h1.onnx')
    const named = await skillweave(...demo, '--policy', '.runs/walking-h1')
    expect(named.err).toContain('.runs/walking-h1/policy.onnx')
    writeFileSync(path, settings)
    const reaching = join(folder, '.runs/far-reach-h1-flat/settings.json')
    const before = readFileSync(reaching, 'utf8')
    writeFileSync(reaching, JSON.stringify({ ...JSON.parse(before), samples: 1e9 }))
    const flat = ['evaluate', 'skillbench', '--tasks', 'far-reach', '--controllers', 'flat']
    const { code, err } = await skillweave(...flat)
    writeFileSync(reaching, before)
    expect(code).toBe(2)
    expect(err).toMatch(
      /far-reach-h1-flat is not finished \(\d+ of 1000000000 samples\), go on with: pnpm train far-reach --robot h1 --controller flat --resume/,
    )
  })

  test('its card and its file are shipped as they are', async () => {
    const how = ['--skill', 'walking', '--episodes', '4', '--card', '--page', '--docs', 'docs']
    const { code, out, err } = await skillweave('evaluate', 'primitives', ...how)
    expect(code, err).toBe(0)
    expect(out).toMatch(/walking +falls per 20 s +\d/)
    const shipped = await skillweave('policy', 'ship', 'walking-h1', '--to', 'shipped')
    expect(shipped.code, shipped.err).toBe(0)
    const file = (path: string) => readFileSync(join(folder, path))
    expect(file('shipped/walking-h1.onnx')).toEqual(file('.runs/walking-h1/policy.onnx'))
    const manifest = JSON.parse(file('shipped/walking-h1.json').toString())
    expect(manifest.name).toBe('walking-h1')
    expect(manifest.evaluation.results).toHaveProperty('fallRate')
    expect(file('docs/skillbench.md').toString()).toContain('### Primitives alone')
  })

  test('a policy from another observation layout is refused, saying how it differs', async () => {
    const path = join(folder, '.runs/walking-h1/policy.json')
    const manifest = JSON.parse(readFileSync(path, 'utf8'))
    const observation = [
      ...manifest.observation.slice(0, -1),
      { ...manifest.observation.at(-1), size: 10 },
    ]
    writeFileSync(path, JSON.stringify({ ...manifest, observation }))
    const { code, err } = await skillweave('train', 'box-push', ...short)
    expect(code).toBe(2)
    expect(err).toMatch(
      /skill walking of h1 cannot be blended in box-push: observation term 3: needs sites \[10\], has sites \[12\]/,
    )
    writeFileSync(path, JSON.stringify(manifest))
  })
})

describe('bad input gets a sentence and exit code 2', () => {
  test.each<[string[], RegExp]>([
    [
      ['train', 'box-push', '--robot', 'g1-29'],
      /g1-29 has no policy for walking \(walking-g1-29\); it has none; train it with: pnpm train walking --robot g1-29/,
    ],
    [
      ['demo', 'walking', '--robot', 'g1-29'],
      /g1-29 has no policy for walking \(walking-g1-29\).*pnpm train walking --robot g1-29/,
    ],
    [
      ['demo', 'box-push', '--robot', 'g1-29', '--controller', 'choose'],
      /g1-29 has no policy for box-push by choose .*pnpm train box-push --robot g1-29 --controller choose/,
    ],
    [
      ['demo', 'box-push', '--robot', 'arm7'],
      /arm7 has no site "leftPalm"; it has grip, rightPalm/,
    ],
    [['demo', 'far-reach', '--controller', 'mix'], /no controller "mix"; there are blend, scalar/],
    [
      ['train', 'far-reach', '--controller', 'mix'],
      /no controller "mix"; there are blend, scalar, choose, flat/,
    ],
    [
      ['train', 'far-reach', '--without', 'stepping'],
      /far-reach blends walking, reaching; there is no "stepping" to leave out/,
    ],
    [['train', 'walking', '--controller', 'flat'], /walking blends no skills/],
    [
      ['train', 'walking', '--robot', 'arm7'],
      /arm7 cannot learn walking: arm7 has no \w+; its roles are/,
    ],
    [
      ['evaluate', 'skillbench', '--protocol', 'fast'],
      /no protocol "fast"; there are paper, practical/,
    ],
    [
      ['evaluate', 'skillbench', '--tasks', 'golf'],
      /no SkillBench task "golf"; there are far-reach/,
    ],
    [['evaluate', 'primitives', '--skill', 'jumping'], /no primitive "jumping"; there are walking/],
    [['evaluate', 'primitives', '--robot', 'g1-29'], /g1-29 has no policy for walking/],
  ])('%j', async (args, sentence) => {
    const { code, err } = await skillweave(...args)
    expect(err).toMatch(sentence)
    expect(code).toBe(2)
    expect(err).not.toContain('    at ')
  })
})
