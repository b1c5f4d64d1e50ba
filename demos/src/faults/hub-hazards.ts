import {
  chooseSubprotocol,
  closeCodes,
  createEncoder,
  decodeStop,
  defineLayout,
  encodeBeat,
  kinds,
  mayCall,
  methods,
} from '@skillweave/protocol'
import { createHub, type Hub } from '@skillweave/stream/server'
import { expect, type Hazard } from './hazard.ts'
import { activeWorld, expectClean, expectState } from './hazard-world.ts'
import { hello, joinInMemory as join, type MemoryLink as Link } from './memory-link.ts'
import type { VirtualWorld } from './virtual-world.ts'

/** A hub with a robot end that only notes what comes. */
function hubWithRobot() {
  const seen = { commands: 0, stops: 0, enables: 0 }
  const hub = createHub({
    onError: (error) => {
      throw error
    },
  })
  hub.robotEnd = {
    command: () => {
      seen.commands++
    },
    stop: (bytes) => {
      seen.stops++
      decodeStop(bytes)
      return new Uint8Array([kinds.stopped.code])
    },
    enable: () => {
      seen.enables++
    },
    left: () => {},
  }
  return { hub, seen }
}

/** A hub that carries for the robot of a virtual world; `holder` is whoever joins it. */
function hubBefore(world: VirtualWorld, holder: string): Hub {
  const hub = createHub()
  hub.robotEnd = {
    command: (bytes) => {
      world.offer(bytes)
    },
    stop: () => new Uint8Array([kinds.stopped.code]),
    enable: () => {},
    left: () => world.end.linkDown(holder, world.now_s),
  }
  return hub
}

const lastText = (link: Link): string => link.texts.at(-1) ?? ''

/** Trials of the hub alone: who may say what, and what bad bytes do. */
export const hubHazards: readonly Hazard[] = [
  {
    row: 9,
    name: 'json-null',
    run: () => {
      const { hub } = hubWithRobot()
      const link = join(hub, 'operator')
      const accepted: string[] = []
      hub.calls$.subscribe((call) => accepted.push(call.method))
      for (const method of Object.keys(methods)) {
        for (const params of [
          'null',
          '{"robot":null}',
          '{"paused":null}',
          '[]',
          '{"pos_w":[null,0,0]}',
        ]) {
          link.put(`{"op":"call","id":1,"method":"${method}","params":${params}}`)
        }
      }
      hub.drain()
      // Resetting the world is the one method whose parameters may all be absent; null is not absence.
      expect(accepted.length === 0, () => `accepted with null: ${accepted.join(', ')}`)
      hub.dispose()
    },
  },
  {
    row: 25,
    name: 'kill-hub',
    run: () => {
      const { world, a } = activeWorld()
      const hub = hubBefore(world, a.name)
      join(hub, 'controller')
      world.run(0.2)
      expectState(world, 'active')
      // The hub goes, the controller's frames still come by another way.
      hub.dispose()
      world.run(0.02)
      expectState(world, 'holding')
      world.run(0.5)
      expect(world.end.acceptance.counts.epoch > 10, () => 'commands of the old lease still act')
      expectClean(world)
      // One that starts again is another boot, and knows nobody.
      const again = hubBefore(world, a.name)
      const texts = join(again, 'controller').texts
      expect(hub.bootId !== again.bootId, () => 'two boots have one id')
      expect(texts[0].includes(again.bootId), () => `the newcomer was told ${texts[0]}`)
      world.run(0.5)
      expect(world.end.lease === null, () => 'the lease survived its hub')
      expectClean(world)
      again.dispose()
    },
  },
  {
    row: 28,
    name: 'stop-under-load',
    run: () => {
      const { hub, seen } = hubWithRobot()
      const channel = hub.openChannel({
        name: 'bulk',
        class: 'reliable',
        rate_hz: 1000,
        clock: 'sim',
        layout: defineLayout({ fields: [{ name: 'x', type: 'f64', count: 1000, unit: '1' }] }),
      })
      const encoder = createEncoder(channel)
      const link = join(hub, 'operator')
      const flood = encodeBeat({ seq: 1, time_s: 1, echoTime_s: 0, held_s: 0 })
      for (let i = 0; i < 2000; i++) {
        hub.publish(channel, encoder.encode(i))
        link.put(flood)
      }
      link.put(new Uint8Array([kinds.stop.code]))
      expect(seen.stops === 1, () => 'the stop was dropped with the flood before it')
      expect(
        link.frames.some((f) => f[0] === kinds.stopped.code),
        () => 'the stop was not answered',
      )
      hub.dispose()
    },
  },
  {
    row: 30,
    name: 'fuzz-stop',
    run: () => {
      const { hub, seen } = hubWithRobot()
      const link = join(hub, 'controller')
      for (let length = 1; length < 100; length++) {
        link.put(new Uint8Array(length).fill(255).fill(kinds.stop.code, 0, 1))
      }
      expect(seen.stops === 99, () => `${seen.stops} of 99 malformed stops stopped`)
      hub.dispose()
    },
  },
  {
    row: 43,
    name: 'role-matrix',
    run: () => {
      for (const role of ['spectator', 'controller', 'operator'] as const) {
        const { hub, seen } = hubWithRobot()
        const link = join(hub, role)
        for (const [method, { role: needed }] of Object.entries(methods)) {
          link.put(`{"op":"call","id":1,"method":"${method}","params":{}}`)
          const isRefused = lastText(link).includes('"not-allowed"')
          expect(
            isRefused === !mayCall(role, needed),
            () => `${role} calling ${method}: ${lastText(link)}`,
          )
        }
        for (const kind of ['robot.command', 'stop', 'enable'] as const) {
          link.put(new Uint8Array(32).fill(kinds[kind].code, 0, 1))
        }
        const expected = {
          spectator: { commands: 0, stops: 0, enables: 0 },
          controller: { commands: 1, stops: 1, enables: 0 },
          operator: { commands: 1, stops: 1, enables: 1 },
        }[role]
        expect(
          JSON.stringify(seen) === JSON.stringify(expected),
          () => `${role}: ${JSON.stringify(seen)}`,
        )
        hub.dispose()
      }
    },
  },
  {
    row: 44,
    name: 'json-bombs',
    run: () => {
      const { hub } = hubWithRobot()
      const bombs = [
        '['.repeat(60_000),
        `{"op":"call","id":1,"method":"world.pause","params":${'['.repeat(1000)}${']'.repeat(1000)}}`,
        `{"op":"call","id":1,"method":"skill.weights","params":{"weights":{"__proto__":{"x":1}},"mode":"bias"}}`,
        `{"op":"call","id":1,"method":"world.pause","params":{"paused":1e400}}`,
      ]
      for (const bomb of bombs) {
        const link = join(hub, 'operator')
        link.put(bomb)
        const isRefused = link.code !== 0 || /"error"/.test(lastText(link))
        expect(isRefused, () => `${bomb.slice(0, 60)}… was accepted`)
      }
      expect(({} as { x?: number }).x === undefined, () => 'a prototype was changed')
      hub.dispose()
    },
  },
  {
    row: 46,
    name: 'oversize',
    run: () => {
      const { hub } = hubWithRobot()
      const long = join(hub, null)
      long.put(hello('operator', `,"token":"${'x'.repeat(5000)}"`))
      expect(long.code === closeCodes.tooLarge, () => `a hello of 5 kB: ${long.code}`)
      const early = join(hub, null)
      early.put(new Uint8Array(70_000))
      expect(early.code === closeCodes.garbage, () => `binary before hello: ${early.code}`)
      hub.dispose()
    },
  },
  {
    row: 47,
    name: 'version-matrix',
    run: () => {
      const choices = [
        ['skillweave.v1'],
        ['skillweave.v2'],
        ['skillweave.v0', 'x'],
        ['chat'],
        [],
      ].map((offered) => chooseSubprotocol(offered))
      expect(
        choices.map((c) => c.kind).join() === 'same,other-major,other-major,unknown,unknown',
        () => JSON.stringify(choices),
      )
      const sentences = choices.flatMap((c) => (c.kind === 'other-major' ? [c.text] : []))
      expect(
        sentences.every((t) => /Update|Reload/.test(t)),
        () => sentences.join(' '),
      )
      const { hub } = hubWithRobot()
      const link = join(hub, null)
      link.put(hello('operator', ',"protocol":"skillweave.v9"'))
      expect(link.code === closeCodes.version, () => `another version: ${link.code}`)
      hub.dispose()
    },
  },
]
