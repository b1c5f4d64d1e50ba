import type { RobotHub } from './robot-hub.ts'
import type { SimulatedRobot } from './simulated-robot.ts'

/** Time between two ticks of the PD loop, s. */
export const tick_s = 0.002
/** Ticks between two published states: 100 Hz. */
const publishEvery = 5
/**
 * Most ticks at once. A process that stood still runs late from then on: catching up would let commands expire
 * that had no chance to come in.
 */
const catchUpMax = 10

/**
 * Run a simulated robot in real time, as a real one's PD loop runs, until `isOver`. Resolves with the ticks that were
 * left out because this process got no time.
 */
export async function runInRealTime(
  robot: SimulatedRobot,
  hub: Pick<RobotHub, 'drain' | 'publish'>,
  isOver: () => boolean,
): Promise<{ overruns: number }> {
  const start_s = performance.now() / 1000
  let ticks = 0
  let overruns = 0
  while (!isOver()) {
    await new Promise((resolve) => setTimeout(resolve, 1))
    hub.drain()
    const due = Math.floor((performance.now() / 1000 - start_s) / tick_s) - ticks - overruns
    if (due > catchUpMax) overruns += due - catchUpMax
    for (let i = 0; i < Math.min(due, catchUpMax); i++) {
      robot.tick()
      if (++ticks % publishEvery === 0) hub.publish()
    }
  }
  return { overruns }
}
