import {
  type OnnxAttribute,
  type OnnxData,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
  onnxIrVersion,
  onnxOpset,
} from './onnx.ts'

/** Collects nodes, constants, inputs and outputs of one graph; values are referred to by name. */
export class OnnxBuilder {
  readonly #name: string
  readonly #nodes: OnnxNode[] = []
  readonly #initializers: OnnxTensor[] = []
  readonly #inputs: OnnxValue[] = []
  readonly #outputs: OnnxValue[] = []
  readonly #used = new Set<string>()
  #counter = 0

  constructor(name: string) {
    this.#name = name
  }

  /** A float input; a free dimension is a string. */
  input(name: string, dims: readonly (number | string)[]): string {
    this.#inputs.push({ name: this.#claim(name), dims, elementType: 'float' })
    return name
  }

  /** Declare an existing value a float output. */
  output(name: string, dims: readonly (number | string)[]): void {
    this.#outputs.push({ name, dims, elementType: 'float' })
  }

  constant(data: OnnxData, dims: readonly number[], name = this.#fresh('c')): string {
    this.#initializers.push({ name: this.#claim(name), dims, data })
    return name
  }

  /** Add a node with one output; returns the output's name. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    output = this.#fresh('t'),
  ): string {
    this.#claim(output)
    this.#nodes.push({
      opType,
      name: `n${this.#nodes.length}_${opType}`,
      inputs,
      outputs: [output],
      attributes,
    })
    return output
  }

  model(metadata: Readonly<Record<string, string>> = {}): OnnxModel {
    return {
      graph: {
        name: this.#name,
        nodes: this.#nodes,
        initializers: this.#initializers,
        inputs: this.#inputs,
        outputs: this.#outputs,
      },
      metadata,
      opset: onnxOpset,
      irVersion: onnxIrVersion,
    }
  }

  #fresh(prefix: string): string {
    return `${prefix}${this.#counter++}`
  }

  #claim(name: string): string {
    if (this.#used.has(name)) throw new Error(`graph ${this.#name}: two values named ${name}`)
    this.#used.add(name)
    return name
  }
}
