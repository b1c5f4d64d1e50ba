import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RobotsMessage, WorldMessage } from '@skillweave/protocol'
import { afterAll, expect, it } from 'vitest'
import { startPage } from '../browser/demo-page.ts'
import { closeStreams, openClient } from '../support/streams.ts'

const port = 9185
const within_ms = 300_000

let training: ChildProcess | undefined
afterAll(async () => {
  await closeStreams()
  training?.kill('SIGKILL')
})

async function until<T>(what: string, look: () => T | null | undefined | false): Promise<T> {
  const from = performance.now()
  for (;;) {
    const found = look()
    if (found) return found
    if (performance.now() - from > within_ms) throw new Error(`not within ${within_ms} ms: ${what}`)
    await new Promise((r) => setTimeout(r, 20))
  }
}

it('a run that learns shows its policies as they were, and goes on learning', {
  timeout: within_ms,
}, async () => {
  const cwd = mkdtempSync(join(tmpdir(), 'skillweave-'))
  const train = ['train', 'reach', '--envs', '4', '--samples', '100000000', '--watch']
  training = await startPage(train, port, { cwd })
  const client = openClient({ port }, { role: 'operator' })
  let world: WorldMessage | null = null
  let robots: RobotsMessage | null = null
  let frames = 0
  let curves = 0
  client.world$.subscribe((w) => {
    world = w
  })
  client.robots$.subscribe((r) => {
    robots = r
  })
  client.frames('view.bodies').subscribe(() => {
    frames++
  })
  client.frames('view.signals').subscribe(() => {
    curves++
  })
  const now = () => world as WorldMessage | null
  const shown = () => (robots as RobotsMessage | null)?.list[0].id
  await until('two policies are kept', () => (now()?.controllers.length ?? 0) >= 3)
  expect(now()).toMatchObject({ controller: 'now', accepts: ['controller.select'] })
  expect(now()?.controllers.slice(0, 2)).toEqual(['iteration 2', 'iteration 4'])
  expect(shown()).toBe('learners')

  await client.call('controller.select', { controller: 'iteration 2' }, { timeout_ms: within_ms })
  await until('one robot', () => shown() === 'as-it-was' && now()?.controller === 'iteration 2')
  const before = { frames, curves, kept: now()?.controllers.length ?? 0 }
  await until('it moves', () => frames > before.frames + 10)
  await until('the others learn', () => curves > before.curves + 2)
  await until('more is kept', () => (now()?.controllers.length ?? 0) > before.kept)

  await expect(client.call('controller.select', { controller: 'iteration 3' })).rejects.toThrow(
    'no policy "iteration 3"',
  )
  await client.call('controller.select', { controller: 'now' }, { timeout_ms: within_ms })
  await until('those that learn', () => shown() === 'learners')
  expect(readdirSync(join(cwd, '.runs/reach/history'))).toEqual(
    expect.arrayContaining(['2.onnx', '4.onnx']),
  )
})
