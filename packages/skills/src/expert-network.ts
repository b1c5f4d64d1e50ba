import type { SkillNetwork } from './skill-set.ts'

/**
 * A network per label as one label-conditioned network: each row goes to the expert of the greatest of its last columns, one
 * per expert. Every expert sees the whole row, as it did alone. One expert alone is
 * the network. Throws when the experts' sizes differ.
 */
export function expertNetwork(experts: readonly SkillNetwork[]): SkillNetwork {
  if (experts.length === 1) return experts[0]
  const { inputSize, outputSize } = experts[0]
  for (const e of experts) {
    if (e.inputSize !== inputSize || e.outputSize !== outputSize) {
      throw new Error(
        `experts map ${experts.map((x) => `${x.inputSize} to ${x.outputSize}`).join(', ')}; expected the same of each`,
      )
    }
  }
  const nLabels = experts.length
  let rowsOf = new Int32Array(0)
  let inputs = new Float32Array(0)
  let outputs = new Float32Array(0)
  const counts = new Int32Array(nLabels)
  const reserve = (n: number): void => {
    if (rowsOf.length >= nLabels * n) return
    rowsOf = new Int32Array(nLabels * n)
    inputs = new Float32Array(n * inputSize)
    outputs = new Float32Array(n * outputSize)
  }

  const sort = (input: Float32Array, n: number): void => {
    counts.fill(0)
    for (let row = 0; row < n; row++) {
      const labels = (row + 1) * inputSize - nLabels
      let k = 0
      for (let i = 1; i < nLabels; i++) if (input[labels + i] > input[labels + k]) k = i
      rowsOf[k * n + counts[k]++] = row
    }
  }
  const gather = (input: Float32Array, k: number, n: number): void => {
    for (let i = 0; i < counts[k]; i++) {
      const from = rowsOf[k * n + i] * inputSize
      for (let j = 0; j < inputSize; j++) inputs[i * inputSize + j] = input[from + j]
    }
  }
  const scatter = (output: Float32Array, k: number, n: number): void => {
    for (let i = 0; i < counts[k]; i++) {
      const to = rowsOf[k * n + i] * outputSize
      for (let j = 0; j < outputSize; j++) output[to + j] = outputs[i * outputSize + j]
    }
  }

  /** Experts from `k` on; waits only for those that make it wait. */
  const runFrom = (
    input: Float32Array,
    output: Float32Array,
    n: number,
    first: number,
  ): void | Promise<void> => {
    for (let k = first; k < nLabels; k++) {
      if (counts[k] === 0) continue
      gather(input, k, n)
      const running = experts[k].run(inputs, outputs, counts[k])
      if (running) {
        return running.then(() => {
          scatter(output, k, n)
          return runFrom(input, output, n, k + 1)
        })
      }
      scatter(output, k, n)
    }
  }

  return {
    inputSize,
    outputSize,
    run: (input, output, n) => {
      reserve(n)
      sort(input, n)
      return runFrom(input, output, n, 0)
    },
  }
}
