import { createInterpreter, OnnxBuilder, writeOnnx } from '@skillweave/policy'
import { createDistiller, createPpo, runTraining } from '@skillweave/rl'
import { expect, it } from 'vitest'
import { pendulum, teachable, toyEnv } from '../support/toy-envs.ts'

/** A policy 0.2 · obs[column] - 0.5 · obs[2]. */
function linearTeacher(column: number): Uint8Array {
  const g = new OnnxBuilder('teacher')
  const w = new Float32Array(3)
  w[column] = 0.2
  w[2] = -0.5
  const obs = g.input('obs', ['N', 3])
  const zero = g.constant(new Float32Array(1), [1])
  g.output(g.node('Gemm', [obs, g.constant(w, [3, 1]), zero], {}, 'actions'), ['N', 1])
  return writeOnnx(g.model())
}

it('imitates the teacher that applies to each env, and PPO starts from the result', async () => {
  const nEnvs = 32
  // Both teachers are right somewhere: the student sees their mean where it cannot tell them apart.
  const teacherOf = Int32Array.from({ length: nEnvs }, (_, e) => e % 2)
  const base = toyEnv({ ...pendulum, episodeSteps: 50 }, { nEnvs, seed: 1 })
  const env = teachable(base, teacherOf)
  const distiller = await createDistiller({
    env,
    teachers: [linearTeacher(0), linearTeacher(1)],
    config: { hidden: [32, 32], minibatch: 256, symmetric: false },
    seed: 1,
  })
  const errors: number[] = []
  const budget = 40 * 32 * nEnvs
  await runTraining({
    learner: distiller,
    env,
    seed: 1,
    samples: budget,
    checkpointEvery: 100,
    onStats: (stats) => {
      errors.push(stats.error)
    },
  })
  const student = distiller.exportOnnx()
  const policy = createInterpreter(student)
  const [sin, cos, rate] = [Math.sin(0.7), Math.cos(0.7), -0.9]
  policy.inputs.obs.set([cos, sin, rate])
  policy.run()
  expect(policy.outputs.actions[0]).toBeCloseTo(0.1 * cos + 0.1 * sin - 0.5 * rate, 1)
  expect(errors.at(-1)).toBeLessThan(0.5 * errors[0])

  const ppo = await createPpo({
    env,
    seed: 2,
    config: { hidden: [32, 32], symmetric: false, anchorWeight: 1, anchorWeightEnd: 1 },
    initial: student,
  })
  const start = createInterpreter(ppo.exportOnnx())
  start.inputs.obs.set([cos, sin, rate])
  start.run()
  expect(start.outputs.actions[0]).toBe(policy.outputs.actions[0])
  const first = await ppo.iterate(0)
  expect(first.anchor).toBeGreaterThan(0)
  expect(first.anchor).toBeLessThan(0.1)
  await ppo.dispose()
  await distiller.dispose()
})
