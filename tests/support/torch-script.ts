import { zipSync } from 'fflate'

/** What a TorchScript archive of a test holds: modules, tensors and plain attributes. */
export type Scripted =
  | { readonly className: string; readonly fields: Readonly<Record<string, Scripted>> }
  | { readonly shape: readonly number[]; readonly data: readonly number[] }
  | { readonly list: readonly Scripted[] }
  | number
  | boolean
  | null

/**
 * An archive laid out as `torch.jit.save` lays it out: `data.pkl` with classes under `__torch__`, numbers beside it, and
 * code that nobody reads. Written from the format's description; no file of PyTorch was at hand to compare with.
 */
export function torchScriptFile(root: Scripted): Uint8Array {
  const storages: Uint8Array[] = []
  const out: number[] = []
  const code = (...bytes: number[]) => void out.push(...bytes)
  const global = (name: string) => {
    const dot = name.lastIndexOf('.')
    code(0x63, ...ascii(`${name.slice(0, dot)}\n${name.slice(dot + 1)}\n`))
  }
  const int = (v: number) => code(0x4a, v & 255, (v >> 8) & 255, (v >> 16) & 255, (v >> 24) & 255)
  const text = (s: string) => code(0x58, s.length & 255, s.length >> 8, 0, 0, ...ascii(s))
  const ints = (values: readonly number[]) => {
    code(0x28)
    values.forEach(int)
    code(0x74)
  }
  const tensor = (shape: readonly number[], data: readonly number[]) => {
    storages.push(new Uint8Array(Float32Array.from(data).buffer))
    global('torch._utils._rebuild_tensor_v2')
    code(0x28, 0x28)
    text('storage')
    global('torch.FloatStorage')
    text(String(storages.length - 1))
    text('cpu')
    int(data.length)
    code(0x74, 0x51)
    int(0)
    ints(shape)
    ints(shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1)))
    code(0x89)
    global('collections.OrderedDict')
    code(0x29, 0x52, 0x74, 0x52)
  }
  const write = (value: Scripted): void => {
    if (value === null) code(0x4e)
    else if (typeof value === 'boolean') code(value ? 0x88 : 0x89)
    else if (typeof value === 'number') {
      if (Number.isInteger(value)) int(value)
      else code(0x47, ...new Uint8Array(Float64Array.of(value).buffer).reverse())
    } else if ('shape' in value) tensor(value.shape, value.data)
    else if ('list' in value) {
      global('torch.jit._pickle.build_tensorlist')
      code(0x5d, 0x28)
      value.list.forEach(write)
      code(0x65, 0x85, 0x52)
    } else {
      global(`__torch__.${value.className}`)
      code(0x29, 0x81, 0x7d, 0x28)
      for (const [key, field] of Object.entries(value.fields)) {
        text(key)
        write(field)
      }
      code(0x75, 0x62)
    }
  }
  code(0x80, 2)
  write(root)
  code(0x2e)
  return zipSync(
    {
      'policy/data.pkl': Uint8Array.from(out),
      'policy/code/__torch__/anything.py': ascii('raise SystemExit\n'),
      'policy/version': ascii('3\n'),
      ...Object.fromEntries(storages.map((bytes, i) => [`policy/data/${i}`, bytes])),
    },
    { level: 0, mtime: new Date(1980, 0, 1) },
  )
}

const ascii = (s: string): Uint8Array => Uint8Array.from(s, (c) => c.charCodeAt(0))
