import { createRng } from '@skillweave/math'
import { createInterpreter, OnnxBuilder, type OnnxModel } from '@skillweave/policy'
import { loadPolicy, shippedNames } from '../policy-files.ts'
import { quantile } from './statistics.ts'

export interface PolicyResult {
  /** What was run: a shipped policy, or a made-up network when none is shipped. */
  readonly network: string
  /** Time of one forward pass in plain TypeScript, ms: median and 99th percentile. */
  readonly p50_ms: number
  readonly p99_ms: number
}

/** One observation in, one action out, synchronously, as the control loop does it. */
export function benchPolicy({ runs }: { readonly runs: number }): PolicyResult {
  const name = shippedNames().find((n) => n.startsWith('ballplay'))
  const policy = createInterpreter(
    name ? loadPolicy(name).onnx : madeUpNetwork([160, 256, 256, 51]),
  )
  const rng = createRng('policy')
  const times: number[] = []
  for (let i = 0; i < runs + 500; i++) {
    const { obs } = policy.inputs
    for (let k = 0; k < obs.length; k++) obs[k] = rng.normal()
    const start = performance.now()
    policy.run()
    // The first runs are the compiler's.
    if (i >= 500) times.push(performance.now() - start)
  }
  return {
    network: name ?? '160-256-256-51',
    p50_ms: quantile(times, 0.5),
    p99_ms: quantile(times, 0.99),
  }
}

/** Layers of these sizes with ELU between them. */
function madeUpNetwork(sizes: readonly number[]): OnnxModel {
  const rng = createRng('network')
  const graph = new OnnxBuilder('made up')
  const constant = (...dims: number[]) => {
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => rng.normal())
    return graph.constant(
      data.map((x) => x / Math.sqrt(dims[0])),
      dims,
    )
  }
  let x = graph.input('obs', ['N', sizes[0]])
  for (let i = 0; i + 1 < sizes.length; i++) {
    const isLast = i + 2 === sizes.length
    const weights = [constant(sizes[i], sizes[i + 1]), constant(sizes[i + 1])]
    x = graph.node('Gemm', [x, ...weights], {}, isLast ? 'actions' : undefined)
    if (!isLast) x = graph.node('Elu', [x])
  }
  graph.output(x, ['N', sizes.at(-1) as number])
  return graph.model()
}
