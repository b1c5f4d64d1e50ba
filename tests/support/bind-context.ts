import { createRng, type Rng } from '@skillweave/math'
import type { BindContext, Command, EnvState } from '@skillweave/mdp'
import type { Robot, Scene } from '@skillweave/model'
import { type FakeSimulator, fakeSimulator } from './fake-simulator.ts'
import { flatScene, physicsSettings } from './sims.ts'

/** What a term is bound to, without physics: for tests of one term. */
export function bindContext(
  robot: Robot,
  {
    scene = flatScene,
    nEnvs = 1,
    controlDt_s = 1 / 30,
    rng = createRng(1),
    actionSize = 0,
    commands = {},
  }: {
    scene?: Scene
    nEnvs?: number
    controlDt_s?: number
    rng?: Rng
    actionSize?: number
    commands?: Readonly<Record<string, Command>>
  } = {},
): Omit<BindContext, 'simulator' | 'states'> & {
  readonly simulator: FakeSimulator
  readonly states: EnvState[]
} {
  const simulator = fakeSimulator({ robot, scene, nEnvs, physics: physicsSettings() })
  const states = simulator.states.map((s) => ({
    ...s,
    step: 0,
    action: new Float32Array(actionSize),
    previousAction: new Float32Array(actionSize),
    heading: 0,
    headingCos: 1,
    headingSin: 0,
  }))
  return {
    robot,
    scene,
    nEnvs,
    controlDt_s,
    actionDt_s: controlDt_s,
    simulator,
    states,
    rng,
    command: <C extends Command>(name: string) => commands[name] as C,
  }
}
