import type { Rng } from '@skillweave/math'
import { OnnxBuilder, type OnnxModel } from '@skillweave/policy'

/** A random actor as training exports it: normaliser, dense layers, obs [N, sizes[0]] → actions. */
export function actorModel(rng: Rng, sizes: readonly number[]): OnnxModel {
  const random = (n: number) => Float32Array.from({ length: n }, () => rng.normal())
  const last = sizes.length - 2
  const g = new OnnxBuilder('policy')
  let x = g.input('obs', ['N', sizes[0]])
  x = g.node('Sub', [x, g.constant(random(sizes[0]), [sizes[0]], 'actorObs.mean')])
  x = g.node('Mul', [
    x,
    g.constant(
      random(sizes[0]).map((v) => 0.5 + Math.abs(v)),
      [sizes[0]],
      'actorObs.invStd',
    ),
  ])
  for (let l = 0; l <= last; l++) {
    const [n, m] = [sizes[l], sizes[l + 1]]
    const weight = g.constant(random(n * m), [n, m], `actor.${l}.weight`)
    const bias = g.constant(random(m), [m], `actor.${l}.bias`)
    x = g.node('Gemm', [x, weight, bias], {}, l === last ? 'actions' : undefined)
    if (l < last) x = g.node('Elu', [x])
  }
  g.output('actions', ['N', sizes[last + 1]])
  return g.model()
}
