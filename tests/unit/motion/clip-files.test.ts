import { type Clip, readClip, syntheticClip, writeBallPlayClip } from '@skillweave/motion'
import { readTorchTensor, writeTorchTensor } from '@skillweave/torch-files'
import { describe, expect, it } from 'vitest'

const clip = syntheticClip('dribble', 0.5)
const bytes = writeBallPlayClip(clip)

/** Where a text of the file begins. */
function find(file: Uint8Array, text: string): number {
  const at = Buffer.from(file).indexOf(text, 0, 'latin1')
  expect(at).toBeGreaterThanOrEqual(0)
  return at
}

describe('a clip file', () => {
  it('gives back what was written, in 32-bit floats', () => {
    const read = readClip(bytes, 'some/folder/013_synthetic_dribble.pt')
    expect(read).toMatchObject({ name: clip.name, skillNumber: 13, fps: 60, nFrames: 31 })
    for (const key of [
      'rootPos_w',
      'rootRot',
      'jointRot',
      'bodyPos_w',
      'ballPos_w',
      'label',
    ] as const) {
      expect(read[key]).toEqual(Float64Array.from(Float32Array.from(clip[key])))
    }
  })

  it('is the same bytes every time', () => {
    expect(writeBallPlayClip(clip)).toEqual(bytes)
  })

  it('may lie anywhere in a larger buffer', () => {
    const larger = new Uint8Array(bytes.length + 7)
    larger.set(bytes, 7)
    expect(readClip(larger.subarray(7), 'x.pt').ballPos_w).toEqual(readClip(bytes, 'x').ballPos_w)
  })

  it('names itself and what is wrong when it is cut off', () => {
    const cut = (n: number) => () => readClip(bytes.subarray(0, n), 'a.pt')
    expect(cut(0)).toThrow('a.pt: not a zip archive: it begins with 0 bytes')
    expect(cut(2000)).toThrow(
      'a.pt: the zip archive is cut off: no directory at the end of its 2000',
    )
    expect(cut(bytes.length - 30)).toThrow('cut off')
  })

  it('is refused when one byte of the numbers changed', () => {
    const damaged = bytes.slice()
    damaged[5000] ^= 1
    expect(() => readClip(damaged, 'a.pt')).toThrow(/"archive\/data\/0" is damaged: CRC/)
  })

  it('is refused when it is no zip', () => {
    expect(() => readClip(new Uint8Array(100).fill(65), 'a.pt')).toThrow(
      'not a zip archive: it begins with 0x41414141, a zip with 0x504b0304',
    )
  })

  it('is refused with another number of columns, saying both', () => {
    const file = writeTorchTensor({ shape: [4, 409], data: new Float32Array(4 * 409) })
    expect(() => readClip(file, 'paraHome.pt')).toThrow(
      'paraHome.pt: tensor is [4, 409], expected [frames, 337]',
    )
  })

  it('is refused with a NaN, saying where', () => {
    const bad: Clip = { ...clip, ballPos_w: clip.ballPos_w.slice() }
    bad.ballPos_w[3 * 5 + 1] = Number.NaN
    expect(() => readClip(writeBallPlayClip(bad), 'a.pt')).toThrow('frame 5, column 325 is NaN')
  })

  it('is refused with a single frame', () => {
    const file = writeTorchTensor({ shape: [1, 337], data: new Float32Array(337) })
    expect(() => readClip(file, 'a.pt')).toThrow('1 frames, expected at least 2')
  })
})

/** A tensor file whose pickle was changed, with a matching CRC. */
function withPickle(change: (pickle: Uint8Array) => void): Uint8Array {
  const file = writeTorchTensor({ shape: [2, 3], data: new Float32Array(6) })
  const from = find(file, '\x80\x02ctorch')
  const to = find(file.subarray(from), 'PK\x03\x04') + from
  const pickle = file.subarray(from, to)
  change(pickle)
  const directory = find(file, 'PK\x01\x02')
  new DataView(file.buffer).setUint32(directory + 16, crc32(pickle), true)
  return file
}

function crc32(data: Uint8Array): number {
  let c = -1
  for (const byte of data) {
    c ^= byte
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1
  }
  return ~c >>> 0
}

describe('the pickle inside', () => {
  it('is refused when it calls anything but a tensor’s builders', () => {
    const file = withPickle((p) => p.set(Buffer.from('cos.path..\nsystem_rebuild_ten'), 2))
    expect(() => readTorchTensor(file)).toThrow(
      /global os\.path\.\.\.system_rebuild_ten\w* at byte 2 is not allowed; allowed are torch\._utils/,
    )
  })

  it('is refused at a foreign opcode, with its name and place', () => {
    const build = withPickle((p) => p.set([0x62], p.length - 1))
    expect(() => readTorchTensor(build)).toThrow(/opcode BUILD \(0x62\) at byte \d+ is not allowed/)
    const inst = withPickle((p) => p.set([0x69], 2))
    expect(() => readTorchTensor(inst)).toThrow('opcode INST (0x69) at byte 2')
  })

  it('is refused in another protocol', () => {
    expect(() => readTorchTensor(withPickle((p) => p.set([4], 1)))).toThrow('protocol 4 at byte 0')
  })

  it('never runs past its end', () => {
    const endless = withPickle((p) => p.fill(0x28, p.length - 1))
    expect(() => readTorchTensor(endless)).toThrow(/pickle ends at byte \d+/)
  })
})

describe('a tensor file', () => {
  it('keeps any shape', () => {
    const data = Float32Array.from({ length: 24 }, (_, i) => i / 7)
    for (const shape of [[24], [2, 12], [2, 3, 4], [1, 24]]) {
      expect(readTorchTensor(writeTorchTensor({ shape, data }))).toEqual({ shape, data })
    }
  })
})
