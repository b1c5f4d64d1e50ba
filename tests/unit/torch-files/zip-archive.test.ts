import { readTorchTensor, readZip, writeTorchTensor } from '@skillweave/torch-files'
import { expect, it } from 'vitest'

/** A sound archive whose first entry claims to be packed to so few bytes. */
function claiming(size: number): Uint8Array {
  const file = writeTorchTensor({ shape: [2], data: Float32Array.of(1, 2) })
  const view = new DataView(file.buffer)
  const directory = view.getUint32(file.length - 22 + 16, true)
  view.setUint16(directory + 10, 8, true)
  view.setUint32(directory + 24, size, true)
  return file
}

it.each([2 ** 21, 2 ** 30, 2 ** 32 - 1])(
  'an entry that unpacks to %i bytes is refused unread',
  (size) => {
    expect(() => readZip(claiming(size))).toThrow(/refused as a bomb, at most 100 to 1/)
  },
)

it('many honest entries that are too much together are refused', () => {
  const file = writeTorchTensor({ shape: [2], data: Float32Array.of(1, 2) })
  const view = new DataView(file.buffer)
  let at = view.getUint32(file.length - 22 + 16, true)
  for (let i = 0; i < 3; i++) {
    view.setUint32(at + 20, 2 ** 28, true)
    view.setUint32(at + 24, 2 ** 28, true)
    at += 46 + view.getUint16(at + 28, true)
  }
  expect(() => readZip(file)).toThrow(/cut off|more than 512 MiB/)
})

it('an honest file is read', () => {
  expect(
    readTorchTensor(writeTorchTensor({ shape: [2], data: Float32Array.of(1, 2) })).shape,
  ).toEqual([2])
})
