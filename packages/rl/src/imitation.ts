import { Tape, type Tensor } from './autodiff.ts'
import { type ActorSpec, actorMean, mlpShapes } from './networks.ts'

/** Mean actions `mean` of observations `obs`. */
export function actGraph(spec: ActorSpec) {
  const tape = new Tape('act')
  const obs = tape.input('obs', ['B', spec.mlp.sizes[0]])
  const source = (name: string, shape: readonly number[]): Tensor => tape.input(name, shape)
  tape.output('mean', actorMean(tape, spec, source, obs))
  return tape.model()
}

/** Mean square difference `loss` of the actor to `label` on `obs`, with gradients. */
export function imitationGraph(spec: ActorSpec, rows: number) {
  const tape = new Tape('imitation')
  const isParam = new Set(Object.keys(mlpShapes(spec.mlp)))
  const source = (name: string, shape: readonly number[]): Tensor =>
    isParam.has(name) ? tape.param(name, shape) : tape.input(name, shape)
  const obs = tape.input('obs', [rows, spec.mlp.sizes[0]])
  const label = tape.input('label', [rows, spec.mlp.sizes.at(-1) as number])
  const loss = tape.mean(tape.square(tape.sub(actorMean(tape, spec, source, obs), label)))
  tape.output('loss', loss)
  tape.gradients(loss)
  return tape.model()
}
