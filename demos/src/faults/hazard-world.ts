import { expect } from './hazard.ts'
import { createVirtualWorld, type VirtualController, type VirtualWorld } from './virtual-world.ts'

export const seeds = (n: number) => Array.from({ length: n }, (_, seed) => seed + 1)

/** Nothing the checker at the joints forbids has happened. */
export function expectClean({ violations }: VirtualWorld): void {
  expect(violations.length === 0, () => violations.join('\n'))
}

export function activeWorld(
  seed = 1,
  options: Partial<Parameters<typeof createVirtualWorld>[0]> = {},
) {
  const world = createVirtualWorld({ seed, ...options })
  const a = world.addController('a')
  world.activate(a)
  return { world, a }
}

/** A command as `controller` would send it now, changed by `change`. */
export function commandFrame(
  world: VirtualWorld,
  controller: VirtualController,
  change: (bytes: DataView<ArrayBuffer>) => void = () => {},
): Uint8Array<ArrayBuffer> {
  let bytes: Uint8Array<ArrayBuffer> | undefined
  const send = controller.toRobot.send
  controller.toRobot.send = (frame) => {
    bytes = frame.slice() as Uint8Array<ArrayBuffer>
  }
  while (!bytes) world.run(0.002)
  controller.toRobot.send = send
  change(new DataView((bytes as Uint8Array<ArrayBuffer>).buffer))
  return bytes as Uint8Array<ArrayBuffer>
}

/** Where the command's arrays begin; three joints. */
export const at = {
  stateTime: 24,
  validFor: 32,
  plan: 34,
  qTarget: 40,
  kp: 40 + 36,
  kd: 40 + 48,
} as const

export function refuses(world: VirtualWorld, bytes: Uint8Array, reason: string): void {
  const found = world.offer(bytes)
  expect(found === reason, () => `the command was ${found ?? 'accepted'}, expected ${reason}`)
}

export function expectState(world: VirtualWorld, ...states: readonly string[]): void {
  expect(
    states.includes(world.end.state),
    () => `the robot is ${world.end.state} (${world.end.cause}), expected ${states.join(' or ')}`,
  )
}
