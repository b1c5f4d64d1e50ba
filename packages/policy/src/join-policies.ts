import { cutModel } from './cut-model.ts'
import type { OnnxModel } from './onnx.ts'
import { OnnxBuilder } from './onnx-builder.ts'

/** A policy for one of the labels. */
export interface Expert {
  readonly name: string
  readonly model: OnnxModel
}

/** Metadata of a joined model: the names of its experts in the order of their labels, with commas between. */
const expertsKey = 'experts'

/**
 * One policy out of several with the same observation and action: action = Σₖ labelₖ · expertₖ(obs), with
 * the labels in the observation's columns from `labelAt` on. A one-hot label asks one expert. The weights stay bit for
 * bit what they were; what a label does not ask for is computed for nothing, unless a runtime takes the
 * experts apart again (`expertsOf`). Throws when the experts do not fit together.
 */
export function joinPolicies(experts: readonly Expert[], labelAt: number): OnnxModel {
  if (experts.length === 0) throw new Error('no experts to join')
  const [first] = experts.map(({ name, model }) => interfaceOf(name, model))
  for (const { name, model } of experts) {
    const own = interfaceOf(name, model)
    for (const key of ['obsSize', 'actionSize', 'opset'] as const) {
      if (own[key] !== first[key]) {
        throw new Error(
          `${name} has ${key} ${own[key]}, ${experts[0].name} ${first[key]}: they cannot be one policy`,
        )
      }
    }
  }
  if (!(labelAt >= 0 && labelAt + experts.length <= first.obsSize)) {
    throw new Error(
      `labels of ${experts.length} experts from column ${labelAt} on do not fit into ${first.obsSize} columns`,
    )
  }
  const b = new OnnxBuilder('experts')
  const obs = b.input('obs', ['N', first.obsSize])
  const axis = b.constant(BigInt64Array.of(1n), [1])
  const shares = experts.map(({ name, model }, k) => {
    const within = (value: string) => (value === '' || value === 'obs' ? value : `${name}/${value}`)
    for (const { name: value, dims, data } of model.graph.initializers) {
      b.constant(data, dims, within(value))
    }
    for (const { opType, inputs, outputs, attributes } of model.graph.nodes) {
      if (outputs.length !== 1) throw new Error(`${name}: ${opType} has ${outputs.length} outputs`)
      b.node(opType, inputs.map(within), attributes, within(outputs[0]))
    }
    const from = b.constant(BigInt64Array.of(BigInt(labelAt + k)), [1])
    const to = b.constant(BigInt64Array.of(BigInt(labelAt + k + 1)), [1])
    const label = b.node('Slice', [obs, from, to, axis])
    return b.node('Mul', [label, within('actions')])
  })
  const actions = shares.slice(1).reduce((sum, share) => b.node('Add', [sum, share]), shares[0])
  b.node('Identity', [actions], {}, 'actions')
  b.output('actions', ['N', first.actionSize])
  return b.model({ [expertsKey]: experts.map((e) => e.name).join(',') })
}

/** The experts of a joined policy, each on its own again; none for other policies. */
export function expertsOf(model: OnnxModel): readonly Expert[] {
  const names = model.metadata[expertsKey]
  if (names === undefined) return []
  const { obsSize } = interfaceOf(model.graph.name, model)
  return names.split(',').map((name) => {
    const output = `${name}/actions`
    const part = cutModel(model, { inputs: [{ name: 'obs', size: obsSize }], outputs: [output] })
    const { outputs } = model.graph
    const nodes = part.graph.nodes.map((node) => ({
      ...node,
      outputs: node.outputs.map((value) => (value === output ? 'actions' : value)),
    }))
    return { name, model: { ...part, metadata: {}, graph: { ...part.graph, nodes, outputs } } }
  })
}

/** What must be equal. Throws for a model that does not map obs [N, n] to actions [N, m]. */
function interfaceOf(name: string, { graph, opset }: OnnxModel) {
  const size = (values: OnnxModel['graph']['inputs'], wanted: string): number => {
    const columns = values.length === 1 && values[0].name === wanted ? values[0].dims.at(-1) : null
    if (typeof columns === 'number') return columns
    const found = values.map((v) => `${v.name} [${v.dims.join(', ')}]`).join(', ')
    throw new Error(`${name} has ${found || 'nothing'}, expected ${wanted} [N, size]`)
  }
  return {
    obsSize: size(graph.inputs, 'obs'),
    actionSize: size(graph.outputs, 'actions'),
    opset,
  }
}
