import { isKind, isTuple, type PickleValue, readPickle } from './pickle.ts'
import {
  type FloatTensor,
  openTorchArchive,
  type TorchArchive,
  tensorGlobals,
} from './torch-zip.ts'

/** A module of a TorchScript file: its class and its attributes, parameters and buffers among them. */
export interface TorchModule {
  /** Full name of its class there, such as `__torch__.legged_gym.utils.helpers.PolicyExporterLSTM`. */
  readonly name: string
  readonly fields: ReadonlyMap<string, TorchValue>
}

export type TorchValue =
  | number
  | string
  | boolean
  | null
  | FloatTensor
  | TorchModule
  | readonly TorchValue[]

/** Lists of one kind are calls to these. */
const listGlobals = ['intlist', 'doublelist', 'boollist', 'tensorlist'].map(
  (kind) => `torch.jit._pickle.build_${kind}`,
)

/**
 * Read the modules and numbers of a file written by `torch.jit.save`. The code beside them is not read: who calls this
 * has to know what the classes compute, and to check that the attributes fit. Nothing is executed. Throws, saying what
 * was found and what was expected.
 */
export function readTorchScript(bytes: Uint8Array): TorchModule {
  const archive = openTorchArchive(bytes)
  const root = readPickle(archive.member('data.pkl'), {
    globals: [...tensorGlobals, ...listGlobals],
    classes: '__torch__.',
  })
  if (!isKind(root, 'object'))
    throw new Error('the file holds no module: not written by torch.jit.save')
  return moduleOf(root, archive)
}

function moduleOf(
  value: Extract<PickleValue, { kind: 'object' }>,
  archive: TorchArchive,
): TorchModule {
  const fields = new Map(
    [...value.fields].map(([key, v]) => [key, attributeOf(v, archive)] as const),
  )
  return { name: value.name, fields }
}

function attributeOf(value: PickleValue, archive: TorchArchive): TorchValue {
  if (isTuple(value)) return value.map((v) => attributeOf(v, archive))
  if (isKind(value, 'object')) return moduleOf(value, archive)
  if (isKind(value, 'call')) {
    if (!listGlobals.includes(value.name)) return archive.tensor(value)
    return attributeOf(value.args[0], archive)
  }
  if (typeof value === 'object' && value !== null) {
    throw new Error(`an attribute is a ${value.kind}, expected a number, a tensor or a module`)
  }
  return value
}
