import { createRng } from '@skillweave/math'
import { createInterpreter, decodeCheckpoint, readOnnx, writeOnnx } from '@skillweave/policy'
import {
  type ActorHead,
  adamStep,
  checkSymmetry,
  createBatchPolicy,
  createParamGroup,
  createPpo,
  type PpoConfig,
  ppoConfig,
  type VecEnv,
} from '@skillweave/rl'
import { describe, expect, it } from 'vitest'
import { actorModel } from '../../support/actor-model.ts'
import { pendulum, toyEnv } from '../../support/toy-envs.ts'

const config: Partial<PpoConfig> = {
  steps: 8,
  epochs: 1,
  hidden: [8],
  criticHidden: [8],
  actorOutputScale: 1,
}
const start = (
  changes: Partial<PpoConfig> = {},
  env: VecEnv = toyEnv(pendulum, { nEnvs: 8, seed: 1 }),
) => createPpo({ env, seed: 1, config: { ...config, ...changes } })

/** The mean action of an exported policy. */
function act(bytes: Uint8Array, obs: readonly number[]): number {
  const policy = createInterpreter(bytes)
  policy.inputs.obs.set(obs)
  policy.run()
  return policy.outputs.actions[0]
}

describe('ppo', () => {
  it('exports a policy that is exactly mirror-symmetric when the task is', async () => {
    const ppo = await start()
    await ppo.iterate(0)
    const bytes = ppo.exportOnnx()
    await ppo.dispose()
    expect(act(bytes, [0.3, 0.8, -1])).not.toBe(0)
    expect(act(bytes, [0.3, -0.8, 1])).toBe(-act(bytes, [0.3, 0.8, -1]))
  })

  it('exports input, output and metadata', async () => {
    const ppo = await start()
    const bytes = ppo.exportOnnx({ task: 'pendulum' })
    await ppo.dispose()
    const { graph, metadata } = readOnnx(bytes)
    expect(graph.inputs.map((v) => [v.name, v.dims])).toEqual([['obs', ['N', 3]]])
    expect(graph.outputs.map((v) => [v.name, v.dims])).toEqual([['actions', ['N', 1]]])
    expect(metadata).toEqual({ task: 'pendulum' })
    const policy = await createBatchPolicy(bytes)
    const out = new Float32Array(2)
    await policy.run(Float32Array.of(1, 0, 0, 0.3, 0.8, -1), out, 2)
    await policy.dispose()
    expect(out[1]).toBeCloseTo(act(bytes, [0.3, 0.8, -1]), 5)
  })

  it('puts the head between network and action, and into the exported policy', async () => {
    const head: ActorHead = {
      size: 2,
      bias: [3, -2],
      build: (tape, output, obs) => {
        const [a, b] = tape.split(output, [1, 1])
        return tape.add(tape.mul(a, b), tape.slice(obs, 2, 3))
      },
    }
    const env = toyEnv(pendulum, { nEnvs: 8, seed: 1 })
    const ppo = await createPpo({
      env,
      seed: 1,
      head,
      config: { ...config, symmetric: false, actorOutputScale: 1e-9 },
    })
    expect(act(ppo.exportOnnx(), [1, 0, 0.25])).toBeCloseTo(-5.75, 5)
    const { surrogate } = await ppo.iterate(0)
    expect(surrogate).not.toBe(0)
    await ppo.dispose()
  })

  it('learns one value per reward group', async () => {
    const base = toyEnv(pendulum, { nEnvs: 8, seed: 1 })
    const rewards = new Float32Array(16)
    const env: VecEnv = {
      ...base,
      rewardGroups: ['task', 'style'],
      rewards,
      step: async (actions) => {
        await base.step(actions)
        for (let e = 0; e < 8; e++) rewards.set([base.rewards[e], 1], 2 * e)
      },
    }
    const ppo = await start({ groupWeights: { style: 0 } }, env)
    await ppo.iterate(0)
    const { tensors } = decodeCheckpoint(ppo.save())
    await ppo.dispose()
    // 3·8 + 8 + 8·2 + 2 weights, each tensor on its own cache lines.
    expect(tensors['critic/values'].data.length).toBe(32 + 16 + 16 + 16)
  })

  it('adds the value of the last observation where time ended an episode, and only there', async () => {
    // One env ends every step; with γ = 1, no reward and a critic of 1 everywhere, returns tell.
    const seen: number[] = []
    for (const [terminated, truncated] of [
      [1, 0],
      [0, 1],
      [1, 1],
    ]) {
      const base = toyEnv(pendulum, { nEnvs: 8, seed: 1 })
      base.rewards.fill(0)
      const env: VecEnv = {
        ...base,
        terminated: new Uint8Array(8).fill(terminated),
        truncated: new Uint8Array(8).fill(truncated),
        finalCriticObs: new Float32Array(24).fill(2),
        step: () => {},
      }
      const ppo = await start({ gamma: 1, criticOutputScale: 5 }, env)
      seen.push((await ppo.iterate(0)).reward)
      await ppo.dispose()
    }
    expect(seen[0]).toBe(0)
    expect(seen[1]).not.toBe(0)
    expect(seen[2]).toBe(0)
  })

  it('adapts the learning rate once per iteration towards the KL target', async () => {
    const slow = await start({ klTarget: 10, lrWarmupIterations: 0 })
    const rates = [await slow.iterate(0), await slow.iterate(0)].map((s) => s.lr)
    expect(rates[1] / rates[0]).toBeCloseTo(1.2, 6)
    await slow.dispose()
    const fast = await start({ klTarget: 1e-9, lrWarmupIterations: 0 })
    const down = [await fast.iterate(0), await fast.iterate(0)].map((s) => s.lr)
    expect(down[0] / down[1]).toBeCloseTo(1.3, 6)
    await fast.dispose()
  })

  it('leaves the actor alone while only the critic learns', async () => {
    const ppo = await start({ criticOnlyIterations: 1, normalizerSamples: 1 })
    await ppo.iterate(0)
    const before = decodeCheckpoint(ppo.save()).tensors
    expect(before['actor/m'].data.every((x) => x === 0)).toBe(true)
    expect(before['critic/m'].data.some((x) => x !== 0)).toBe(true)
    await ppo.iterate(0)
    expect(decodeCheckpoint(ppo.save()).tensors['actor/values']).not.toEqual(before['actor/values'])
    await ppo.dispose()
  })

  it('names the reward group that is not finite', async () => {
    const base = toyEnv(pendulum, { nEnvs: 8, seed: 1 })
    const env: VecEnv = { ...base, step: () => void base.rewards.fill(Number.NaN) }
    const ppo = await start({}, env)
    await expect(ppo.iterate(0)).rejects.toThrow('iteration 0: reward group task is not finite')
    await ppo.dispose()
  })

  it('starts from a policy that sees less, which acts as it did, whatever the rest is', async () => {
    const initial = writeOnnx(actorModel(createRng(4), [2, 8, 1]))
    const env = toyEnv(pendulum, { nEnvs: 8, seed: 1 })
    const ppo = await createPpo({ env, seed: 1, initial, config: { ...config, symmetric: false } })
    const seen = [0.3, -0.8]
    const before = act(initial, seen)
    expect(act(ppo.exportOnnx(), [...seen, 1])).toBeCloseTo(before, 5)
    expect(act(ppo.exportOnnx(), [...seen, -2])).toBeCloseTo(before, 5)
    await ppo.dispose()
  })

  it('refuses an initial policy of another size, a foreign checkpoint, and uneven minibatches', async () => {
    const ppo = await start()
    const initial = ppo.exportOnnx()
    const env = toyEnv(pendulum, { nEnvs: 8, seed: 1 })
    await expect(
      createPpo({ env, seed: 1, initial, config: { ...config, hidden: [9] } }),
    ).rejects.toThrow('24 values for actor.0.weight, expected 27')
    const other = await start({ hidden: [40] })
    expect(() => other.restore(ppo.save())).toThrow(/tensor actor\/values has \d+ values, expected/)
    await expect(start({ minibatches: 5 })).rejects.toThrow('cannot be cut into 5 minibatches')
    await ppo.dispose()
    await other.dispose()
  })
})

describe('configuration', () => {
  it('lists everything that is wrong', () => {
    const wrong = { steps: 0, gamma: 1.5, lrMin: 1, wings: 2 } as Partial<PpoConfig>
    expect(() => ppoConfig(wrong)).toThrow(
      'PPO configuration: unknown field wings; steps is 0, expected a positive integer; ' +
        'gamma is 1.5, expected a number from 0 to 1; lrMin is 1, expected at most lrMax = 0.001',
    )
  })
})

describe('symmetry', () => {
  it('must undo itself', () => {
    expect(() => checkSymmetry('obs', { index: [1, 2, 0], sign: [1, 1, 1] }, 3)).toThrow(
      'obs: symmetry of element 0 (from 1) does not undo itself',
    )
    expect(() => checkSymmetry('obs', { index: [0], sign: [2] }, 1)).toThrow('sign 2 of element 0')
    expect(() => checkSymmetry('obs', { index: [0], sign: [1] }, 2)).toThrow('for 2 values')
  })
})

describe('adam', () => {
  it('takes the textbook step and clips the norm', () => {
    const group = createParamGroup('g', { a: [2] })
    group.view(group.grads, 'a').set([3, 4])
    const norm = adamStep(group, { lr: 0.1, maxNorm: 1 })
    expect(norm).toBeCloseTo(5)
    // After one step m̂/√v̂ is ±1, whatever the scale.
    expect(Array.from(group.view(group.values, 'a'))).toEqual([
      expect.closeTo(-0.1, 5),
      expect.closeTo(-0.1, 5),
    ])
    expect(group.m[0] / 0.1).toBeCloseTo(0.6, 5)
  })

  it('names the tensor whose gradient is not finite', () => {
    const group = createParamGroup('critic', { a: [1], b: [1] })
    group.view(group.grads, 'b')[0] = Number.NaN
    expect(() => adamStep(group, { lr: 0.1, maxNorm: 1 })).toThrow(
      'critic: the gradient of b is not finite',
    )
  })
})
