/** Thread entry: fills a slot with frames whose bytes are all the same, as fast as it can. */
import { parentPort, workerData } from 'node:worker_threads'
import { createFrameSlot } from '@skillweave/robot-end'

const { memory, length, writes } = workerData as {
  readonly memory: SharedArrayBuffer
  readonly length: number
  readonly writes: number
}
const slot = createFrameSlot(memory)
const frame = new Uint8Array(length)
for (let i = 1; i <= writes; i++) slot.write(frame.fill(i & 255))
parentPort?.postMessage('done')
