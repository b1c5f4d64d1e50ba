import {
  type OnnxAttribute,
  OnnxBuilder,
  type OnnxModel,
  type PolicyState,
} from '@skillweave/policy'
import { type FloatTensor, readTorchScript, type TorchModule } from '@skillweave/torch-files'

/** A TorchScript policy as a graph of ours, and the state that it carries from one decision to the next. */
export interface ScriptedPolicy {
  readonly onnx: OnnxModel
  readonly state: readonly PolicyState[]
  /** What was found, one sentence each. */
  readonly notes: readonly string[]
}

/**
 * The network of a TorchScript file of legged_gym's exporters: an LSTM (`memory`) before an actor, or an actor alone.
 * The code in the file is not run and not read: classes and shapes have to be those known here. State becomes inputs and
 * outputs of the graph, zero at a reset. Throws, saying what was found and what was expected.
 */
export function torchScriptToOnnx(bytes: Uint8Array): ScriptedPolicy {
  const root = readTorchScript(bytes)
  const graph = new OnnxBuilder('policy')
  const memory = root.fields.get('memory')
  if (memory === undefined) return actorAlone(graph, root)
  if (!isModule(memory) || className(memory) !== 'LSTM') {
    const found = isModule(memory) ? className(memory) : JSON.stringify(memory)
    throw new Error(`the memory is ${found}, expected LSTM`)
  }
  const layers = lstmLayers(memory)
  const state: PolicyState[] = []
  let x = graph.input('obs', ['batch', layers[0].inputs])
  layers.forEach((layer, l) => {
    x = addLstm(graph, x, layer, l, state)
  })
  const actor = root.fields.get('actor')
  if (!isModule(actor)) throw new Error(`the module has no actor; it has ${names(root)}`)
  const actions = addActor(graph, x, actor, layers[layers.length - 1].size)
  graph.output(graph.node('Identity', [actions.value], {}, 'actions'), ['batch', actions.size])
  return {
    onnx: graph.model(),
    state,
    notes: [
      `an LSTM of ${layers.map((l) => l.size).join(' and ')} before the actor: its state is zero at a reset and carried by who runs the policy`,
      ...actions.notes,
    ],
  }
}

function actorAlone(graph: OnnxBuilder, root: TorchModule): ScriptedPolicy {
  const actor = root.fields.get('actor') ?? root
  const first = isModule(actor) ? linearOf(actor.fields.get('0')) : undefined
  if (!isModule(actor) || !first) {
    throw new Error(
      `the file holds ${className(root)} with ${names(root)}, expected an LSTM and an actor, or a Sequential`,
    )
  }
  const x = graph.input('obs', ['batch', first.weight.shape[1]])
  const actions = addActor(graph, x, actor, first.weight.shape[1])
  graph.output(graph.node('Identity', [actions.value], {}, 'actions'), ['batch', actions.size])
  return { onnx: graph.model(), state: [], notes: actions.notes }
}

interface LstmLayer {
  readonly inputs: number
  readonly size: number
  /** [4 size, inputs], [4 size, size]; rows of the gates i, f, g, o. */
  readonly weightIn: FloatTensor
  readonly weightState: FloatTensor
  /** Both biases together. [4 size] */
  readonly bias: Float32Array
}

function lstmLayers(memory: TorchModule): LstmLayer[] {
  const layers: LstmLayer[] = []
  for (let l = 0; memory.fields.has(`weight_ih_l${l}`); l++) {
    const weightIn = tensorAt(memory, `weight_ih_l${l}`, [null, null])
    const [rows, inputs] = weightIn.shape
    const size = rows / 4
    const biasIn = tensorAt(memory, `bias_ih_l${l}`, [rows])
    const biasState = tensorAt(memory, `bias_hh_l${l}`, [rows])
    layers.push({
      inputs,
      size,
      weightIn,
      weightState: tensorAt(memory, `weight_hh_l${l}`, [rows, size]),
      bias: biasIn.data.map((b, i) => b + biasState.data[i]),
    })
  }
  const known = /^(weight|bias)_(ih|hh)_l\d+$/
  const odd = [...memory.fields.keys()].find((k) => /^(weight|bias)_/.test(k) && !known.test(k))
  if (odd !== undefined)
    throw new Error(`the LSTM has ${odd}: two directions or projections are not read`)
  if (layers.length === 0) throw new Error(`the LSTM has no weight_ih_l0; it has ${names(memory)}`)
  return layers
}

/** c' = σ(f) c + σ(i) tanh(g), h' = σ(o) tanh(c'), each gate W x + U h + b. Returns h'. */
function addLstm(
  graph: OnnxBuilder,
  x: string,
  layer: LstmLayer,
  l: number,
  state: PolicyState[],
): string {
  const { size, inputs, weightIn, weightState, bias } = layer
  const hidden = graph.input(`hidden${l}`, ['batch', size])
  const cell = graph.input(`cell${l}`, ['batch', size])
  const gate = (k: number): string => {
    const rows = <T extends Float32Array>(data: T, width: number) =>
      data.slice(k * size * width, (k + 1) * size * width)
    const w = graph.constant(rows(weightIn.data, inputs), [size, inputs])
    const u = graph.constant(rows(weightState.data, size), [size, size])
    const b = graph.constant(rows(bias, 1), [size])
    const fromInput = graph.node('Gemm', [x, w, b], { transB: { int: 1 } })
    return graph.node('Add', [fromInput, graph.node('Gemm', [hidden, u], { transB: { int: 1 } })])
  }
  const i = graph.node('Sigmoid', [gate(0)])
  const f = graph.node('Sigmoid', [gate(1)])
  const g = graph.node('Tanh', [gate(2)])
  const o = graph.node('Sigmoid', [gate(3)])
  const kept = graph.node('Mul', [f, cell])
  const nextCell = graph.node('Add', [kept, graph.node('Mul', [i, g])], {}, `nextCell${l}`)
  const next = graph.node('Mul', [o, graph.node('Tanh', [nextCell])], {}, `nextHidden${l}`)
  graph.output(next, ['batch', size])
  graph.output(nextCell, ['batch', size])
  state.push({ input: hidden, output: next, size }, { input: cell, output: nextCell, size })
  return next
}

type Activation = readonly [op: string, attributes: Readonly<Record<string, OnnxAttribute>>]

const activations: Readonly<Record<string, Activation>> = {
  ELU: ['Elu', { alpha: { float: 1 } }],
  ReLU: ['Relu', {}],
  Tanh: ['Tanh', {}],
}

function addActor(graph: OnnxBuilder, input: string, actor: TorchModule, inputSize: number) {
  let value = input
  let size = inputSize
  const kinds: string[] = []
  for (let k = 0; actor.fields.has(String(k)); k++) {
    const module = actor.fields.get(String(k))
    const linear = linearOf(module)
    const kind = isModule(module) ? className(module) : 'none'
    if (linear) {
      const [out, inputs] = linear.weight.shape
      if (inputs !== size) {
        throw new Error(
          `layer ${k} of the actor takes ${inputs} numbers, the one before gives ${size}`,
        )
      }
      const w = graph.constant(linear.weight.data, [out, inputs])
      value = graph.node('Gemm', [value, w, graph.constant(linear.bias.data, [out])], {
        transB: { int: 1 },
      })
      size = out
      kinds.push(String(out))
    } else if (Object.hasOwn(activations, kind)) {
      const [op, attributes] = activations[kind]
      value = graph.node(op, [value], attributes)
      kinds.push(kind)
    } else {
      throw new Error(
        `layer ${k} of the actor is ${kind}; known are Linear, ${Object.keys(activations).join(', ')}`,
      )
    }
  }
  if (kinds.length === 0) throw new Error(`the actor has no layers; it has ${names(actor)}`)
  const alpha = kinds.includes('ELU') ? '; ELU with alpha 1, which is a constant of their code' : ''
  return { value, size, notes: [`actor: ${kinds.join(', ')}${alpha}`] }
}

function linearOf(module: unknown): { weight: FloatTensor; bias: FloatTensor } | undefined {
  if (!isModule(module) || className(module) !== 'Linear') return undefined
  const weight = tensorAt(module, 'weight', [null, null])
  return { weight, bias: tensorAt(module, 'bias', [weight.shape[0]]) }
}

/** A tensor attribute of this shape; null: any size. */
function tensorAt(
  module: TorchModule,
  name: string,
  shape: readonly (number | null)[],
): FloatTensor {
  const value = module.fields.get(name)
  if (!isTensor(value)) {
    throw new Error(`${className(module)} has no tensor ${name}; it has ${names(module)}`)
  }
  const fits =
    value.shape.length === shape.length && shape.every((n, i) => n === null || n === value.shape[i])
  if (fits) return value
  const wanted = shape.map((n) => n ?? 'any').join(', ')
  throw new Error(
    `${className(module)}.${name} is [${value.shape.join(', ')}], expected [${wanted}]`,
  )
}

const isTensor = (value: unknown): value is FloatTensor =>
  typeof value === 'object' && value !== null && 'shape' in value && 'data' in value

const isModule = (value: unknown): value is TorchModule =>
  typeof value === 'object' && value !== null && 'fields' in value

/** The last part: copies of a class are told apart by what stands before it. */
const className = ({ name }: TorchModule): string => name.split('.').at(-1) ?? name

const names = ({ fields }: TorchModule): string => [...fields.keys()].join(', ') || 'nothing'
