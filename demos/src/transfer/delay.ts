import type { Rng } from '@skillweave/math'
import type { Controls, Simulator, SimulatorOptions } from '@skillweave/model'

/** How late commands come, ms: uniformly distributed in mean ± jitter. */
export interface WireDelay {
  readonly mean_ms: number
  readonly jitter_ms: number
}

/**
 * An engine behind a slow wire: what is written into `controls` acts only after a random part of the control
 * step, until then the robot follows what it had. Resolved to physics steps.
 */
export function withDelay(
  create: (options: SimulatorOptions) => Promise<Simulator>,
  { mean_ms, jitter_ms }: WireDelay,
  rng: Rng,
): (options: SimulatorOptions) => Promise<Simulator> {
  return async (options) => {
    const sim = await create(options)
    // What callers write; the engine's own arrays hold what has arrived.
    const written: Controls[] = sim.controls.map(({ qTarget, dqTarget, tauFf }) => ({
      qTarget: qTarget.slice(),
      dqTarget: dqTarget.slice(),
      tauFf: tauFf.slice(),
    }))
    const arrive = (e: number) => {
      sim.controls[e].qTarget.set(written[e].qTarget)
      sim.controls[e].dqTarget.set(written[e].dqTarget)
      sim.controls[e].tauFf.set(written[e].tauFf)
    }
    const arrivals = new Int32Array(sim.nEnvs)
    return {
      nEnvs: sim.nEnvs,
      robot: sim.robot,
      scene: sim.scene,
      gains: sim.gains,
      states: sim.states,
      disturbances: sim.disturbances,
      controls: written,
      step: (nSteps) => {
        for (let e = 0; e < sim.nEnvs; e++) {
          const delay_s = (mean_ms + rng.range(-jitter_ms, jitter_ms)) / 1000
          arrivals[e] = Math.min(nSteps, Math.max(0, Math.round(delay_s / options.physics.dt_s)))
        }
        for (let i = 0; i < nSteps; i++) {
          for (let e = 0; e < sim.nEnvs; e++) if (arrivals[e] === i) arrive(e)
          sim.step(1)
        }
        for (let e = 0; e < sim.nEnvs; e++) if (arrivals[e] === nSteps) arrive(e)
      },
      reset: (e, to) => sim.reset(e, to),
      placeObject: (e, object, pos_w, to) => sim.placeObject(e, object, pos_w, to),
      addVelocity: (e, v) => sim.addVelocity(e, v),
      randomize: (e, to) => sim.randomize(e, to),
      snapshot: () => sim.snapshot(),
      restore: (snapshot) => sim.restore(snapshot),
      hash: () => sim.hash(),
      dispose: () => sim.dispose(),
    }
  }
}
