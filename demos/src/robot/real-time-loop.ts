import type { RobotHub } from './robot-hub.ts'
import type { WireRobot } from './wire-robot.ts'

/** Time between two ticks of the PD loop, s. */
export const tick_s = 0.002
/** Ticks between two published states: 100 Hz. */
const publishEvery = 5
/**
 * Most ticks at once of a simulated robot. A process that stood still runs late from then on: catching up would let
 * commands expire that had no chance to come in. A machine has no time to catch up with.
 */
const catchUpMax = 10

/**
 * Run a robot in real time, as a PD loop runs, until `isOver`. `isMachine`: time went on without us. Resolves with the
 * ticks that were left out because this process got no time.
 */
export async function runInRealTime(
  robot: Pick<WireRobot, 'tick'>,
  hub: Pick<RobotHub, 'drain' | 'publish'>,
  isOver: () => boolean,
  options: { readonly isMachine?: boolean } = {},
): Promise<{ overruns: number }> {
  const atOnce = options.isMachine ? 1 : catchUpMax
  const start_s = performance.now() / 1000
  let ticks = 0
  let overruns = 0
  while (!isOver()) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    hub.drain()
    const due = Math.floor((performance.now() / 1000 - start_s) / tick_s) - ticks - overruns
    if (due > atOnce) overruns += due - atOnce
    for (let i = 0; i < Math.min(due, atOnce); i++) {
      robot.tick()
      if (++ticks % publishEvery === 0) hub.publish()
    }
  }
  return { overruns }
}
