import { readFileSync } from 'node:fs'
import { robots } from '@skillweave/model'
import { afterEach, expect, it } from 'vitest'
import { closeStreams, openClient, openServer, pause, until } from '../support/streams.ts'
import { drawRun, publishRun } from './usage.ts'

afterEach(closeStreams)

const n = robots.h1.model.dofNames.length
const state = {
  index: 0,
  q: new Float64Array(n),
  dq: new Float64Array(n),
  tau: new Float64Array(n),
  linkPos_w: Float64Array.of(0, 0, 1),
  linkQuat_w: Float64Array.of(0, 0, 0, 1),
  linkLinVel_w: new Float64Array(3),
  linkAngVel_w: new Float64Array(3),
  objectPos_w: new Float64Array(0),
  objectQuat_w: new Float64Array(0),
  objectLinVel_w: new Float64Array(0),
  objectAngVel_w: new Float64Array(0),
  footContact: new Float64Array(2),
}
/** Enough of a simulator: its robot drifts along x. */
const sim = {
  robot: robots.h1,
  scene: { ground: { friction: 1, restitution: 0 }, objects: [] },
  states: [state],
  step: () => {
    state.linkPos_w[0] += 0.01
  },
} as unknown as Parameters<typeof publishRun>[1]

it('the examples of the protocol page work', async () => {
  const server = await openServer()
  const run = publishRun(server.hub, sim, 0.02)
  const client = openClient(server, { role: 'operator' })
  let x = 0
  const draw = drawRun(client, (values) => {
    x = values.basePos_w[0]
  })
  await until(() => server.hub.clients.length === 1)
  for (let i = 0; i < 30; i++) {
    run.step()
    await pause(10)
    draw()
  }
  expect(x).toBeGreaterThan(0.05)
  const paused = client.call('world.pause', { paused: true })
  await pause(30)
  run.step()
  expect(await paused).toBeNull()
  const at = state.linkPos_w[0]
  run.step()
  expect(state.linkPos_w[0]).toBe(at)
})

it('the page shows these examples, word for word', () => {
  const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8')
  const source = readFileSync(new URL('./usage.ts', import.meta.url), 'utf8')
  for (const name of ['loop', 'page']) {
    const code = source.split(`// #region ${name}\n`)[1].split('// #endregion')[0]
    expect(page).toContain(code)
  }
})
