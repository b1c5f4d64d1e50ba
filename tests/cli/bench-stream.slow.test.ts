import { expect, test } from 'vitest'
import { commandLine, lastLine } from '../support/command-line.ts'

const { skillweave } = commandLine()

test('the stream’s bench measures frames, steps with viewers, the way to a controller and back, and memory', async () => {
  const { code, out, err } = await skillweave(
    ...['bench', 'stream', '--rounds', '1', '--seconds', '2', '--soak', '0.2', '--json'],
  )
  expect(code, err).toBe(0)
  const result = lastLine(out)
  expect(result.viewerFrameBytes).toBeLessThanOrEqual(200)
  // How large these are depends on what else this machine does; that they are measured does not.
  for (const key of ['p99Ratio64', 'roundTripP99_ms']) expect(result[key], key).toBeGreaterThan(0)
  expect(result.memoryGrowth).toEqual(expect.any(Number))
  expect(result.details.commands).toBeGreaterThan(0)
  expect(result.details.framesPerSecondWith64).toBeGreaterThan(0)
  expect(result.details.soakConnections).toBeGreaterThan(4)
}, 600_000)
