import type { OnnxModel, OnnxNode } from './onnx.ts'

/** A value of a graph that something else is to provide. */
export interface CutInput {
  readonly name: string
  /** Numbers per row. */
  readonly size: number
}

/**
 * The part of a network that computes `outputs` when `inputs` are given: values in its middle become its
 * inputs. Throws when an output does not exist or needs an input that is not given.
 */
export function cutModel(
  model: OnnxModel,
  {
    inputs,
    outputs,
  }: { readonly inputs: readonly CutInput[]; readonly outputs: readonly string[] },
): OnnxModel {
  const { graph } = model
  const madeBy = new Map<string, OnnxNode>()
  for (const node of graph.nodes) for (const name of node.outputs) madeBy.set(name, node)
  const constants = new Set(graph.initializers.map((t) => t.name))
  const given = new Set(inputs.map((v) => v.name))
  const needed = new Set<OnnxNode>()
  const usedConstants = new Set<string>()
  const need = (name: string): void => {
    if (name === '' || given.has(name)) return
    if (constants.has(name)) {
      usedConstants.add(name)
      return
    }
    const node = madeBy.get(name)
    if (!node) {
      throw new Error(
        `${graph.name}: cannot cut at ${[...given].join(', ')}: it needs ${name} as well`,
      )
    }
    if (needed.has(node)) return
    needed.add(node)
    node.inputs.forEach(need)
  }
  outputs.forEach(need)
  const element = { elementType: 'float' } as const
  return {
    ...model,
    graph: {
      ...graph,
      nodes: graph.nodes.filter((node) => needed.has(node)),
      initializers: graph.initializers.filter((t) => usedConstants.has(t.name)),
      inputs: inputs.map(({ name, size }) => ({ name, dims: ['N', size], ...element })),
      outputs: outputs.map((name) => ({
        ...(graph.outputs.find((v) => v.name === name) ?? { name, dims: ['N', '?'], ...element }),
      })),
    },
  }
}
