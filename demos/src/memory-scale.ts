import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Bytes of this process' heap and buffers after a collection, each time it is called. */
export function createMemoryScale(): () => number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  return () => {
    collect()
    const { heapUsed, external } = process.memoryUsage()
    // `external` counts array buffers too.
    return heapUsed + external
  }
}
