import { type OnnxModel, readOnnx, writeOnnx } from '@skillweave/policy'
import ort from 'onnxruntime-node'

export type FloatTensor = ort.TypedTensor<'float32'>
/** Tensors by graph input or output name. */
export type Tensors = Readonly<Record<string, FloatTensor>>

/** A tensor over `data` itself, not a copy. `data` must not be on shared memory. */
export const floatTensor = (data: Float32Array, dims: readonly number[]): FloatTensor =>
  new ort.Tensor('float32', data, dims)

export const zeroTensor = (dims: readonly number[]): FloatTensor =>
  floatTensor(new Float32Array(dims.reduce((a, b) => a * b, 1)), dims)

/** The graph ready to run, on one thread: results do not depend on the number of cores. */
export interface Session {
  /** Fills the pre-allocated `outputs`; none of them may share memory with an input. */
  run(inputs: Tensors, outputs: Tensors): Promise<void>
  dispose(): Promise<void>
}

export async function createSession(model: OnnxModel | Uint8Array): Promise<Session> {
  const bytes = model instanceof Uint8Array ? model : writeOnnx(model)
  const session = await ort.InferenceSession.create(bytes, {
    // More threads would each spin while waiting, at the cost of every other process.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionProviders: ['cpu'],
  })
  return {
    run: async (inputs, outputs) => {
      await session.run(inputs, outputs)
    },
    dispose: () => session.release(),
  }
}

/** A policy file for many observations at once: teachers, frozen references, evaluation. */
export interface BatchPolicy {
  readonly obsSize: number
  readonly actionSize: number
  /** The first `rows` rows of `obs` [rows, obsSize] into `out` [rows, actionSize]. */
  run(obs: Float32Array, out: Float32Array, rows: number): Promise<void>
  dispose(): Promise<void>
}

/** Load an .onnx policy with input `obs` and output `actions`. */
export async function createBatchPolicy(bytes: Uint8Array): Promise<BatchPolicy> {
  const { graph } = readOnnx(bytes)
  const sizeOf = (list: typeof graph.inputs, name: string): number => {
    const size = list.find((v) => v.name === name)?.dims.at(-1)
    if (typeof size === 'number') return size
    throw new Error(
      `policy ${graph.name}: no [N, size] value named ${name}; it has ${list.map((v) => v.name)}`,
    )
  }
  const obsSize = sizeOf(graph.inputs, 'obs')
  const actionSize = sizeOf(graph.outputs, 'actions')
  const session = await createSession(bytes)
  return {
    obsSize,
    actionSize,
    run: async (obs, out, rows) => {
      if (rows === 0) return
      await session.run(
        { obs: floatTensor(obs.subarray(0, rows * obsSize), [rows, obsSize]) },
        { actions: floatTensor(out.subarray(0, rows * actionSize), [rows, actionSize]) },
      )
    },
    dispose: () => session.dispose(),
  }
}
