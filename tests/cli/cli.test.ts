import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { robotByName } from '@skillweave/model'
import { syntheticClip, writeBallPlayClip } from '@skillweave/motion'
import { readRecording } from '@skillweave/recording'
import { describe, expect, test } from 'vitest'
import { commandLine, lastLine } from '../support/command-line.ts'

const { folder, skillweave } = commandLine()

describe('what works', () => {
  test('the arm demo runs headless faster than real time and sums up as JSON', async () => {
    const { code, out } = await skillweave(
      ...['demo', 'arm', '--headless', '--seconds', '3', '--seed', '5', '--json'],
    )
    expect(code).toBe(0)
    expect(lastLine(out)).toMatchObject({ demo: 'arm', seed: 5, falls: 0 })
    expect(lastLine(out).seconds).toBeGreaterThanOrEqual(3)
    expect(lastLine(out).realTimeFactor).toBeGreaterThan(1)
  })

  test('a short training leaves policy, manifest, checkpoint and metrics, and can be resumed', async () => {
    const train = ['train', 'reach', '--envs', '16', '--name', 'short', '--json']
    const first = await skillweave(...train, '--samples', '2000')
    expect(first.code, first.err).toBe(0)
    const manifest = JSON.parse(readFileSync(join(folder, '.runs/short/policy.json'), 'utf8'))
    expect(manifest).toMatchObject({ robot: 'arm7', task: 'reach', provenance: { seed: 1 } })
    const second = await skillweave(...train, '--samples', '4000', '--resume')
    expect(second.code, second.err).toBe(0)
    expect(lastLine(second.out).samples).toBeGreaterThan(lastLine(first.out).samples)
    const lines = readFileSync(join(folder, '.runs/short/metrics.jsonl'), 'utf8').trim().split('\n')
    const samples = lines.map((line) => JSON.parse(line).samples)
    expect(samples).toEqual([...samples].sort((a, b) => a - b))
  })

  test('a recorded run says what it is and how it ended', async () => {
    const { code, out, err } = await skillweave(
      ...['record', 'arm', '--seconds', '1', '--seed', '5', '--out', 'arm.mcap', '--json'],
    )
    expect(code, err).toBe(0)
    const { messages, facts, isComplete } = readRecording(readFileSync(join(folder, 'arm.mcap')))
    expect(isComplete).toBe(true)
    expect(facts).toMatchObject({ demo: 'arm', seed: '5' })
    // Bodies and signals after each of 50 control steps, contacts after every second one.
    expect(messages.filter((m) => typeof m.data !== 'string')).toHaveLength(125)
    expect(lastLine(out)).toMatchObject({ file: 'arm.mcap', seconds: 1 })
  })

  test('a transfer draws how far each joint diverges, the same way each time', async () => {
    const draw = async (file: string): Promise<string> => {
      const { code, err } = await skillweave(
        ...['transfer', 'reach', '--episodes', '2', '--seconds', '1', '--picture', file],
      )
      expect(code, err).toBe(0)
      return readFileSync(join(folder, file), 'utf8')
    }
    const picture = await draw('a.svg')
    const robot = robotByName('arm7')
    for (const joint of robot.model.dofNames) expect(picture).toContain(joint)
    expect(picture.match(/<polyline points="[\d., ]+"/g)).toHaveLength(robot.model.dofNames.length)
    expect(picture).not.toContain('NaN')
    expect(await draw('b.svg')).toBe(picture)
  })

  test.each([
    ['demo'],
    ['record'],
    ['replay'],
    ['build-web'],
    ['train'],
    ['evaluate', 'ballplay'],
    ['evaluate', 'scoring'],
    ['bench'],
  ])('the command %s explains itself with --help', async (...command) => {
    const { code, out } = await skillweave(...command, '--help')
    expect(code).toBe(0)
    expect(out).toContain('Usage:')
  })
})

describe('bad input gets a sentence and exit code 2', () => {
  test('an unknown demo lists the demos', async () => {
    const { code, err } = await skillweave('demo', 'basektball')
    expect(code).toBe(2)
    expect(err).toMatch(
      /no demo "basektball"; there are basketball, arm, walking, .*package-carry and clip/,
    )
  })

  test('a recording that is missing or none is refused with the reason', async () => {
    expect(await skillweave('replay', 'nowhere.mcap')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/nowhere\.mcap: .*no such file/),
    })
    writeFileSync(join(folder, 'no.mcap'), 'a text that is long enough to be looked at')
    expect(await skillweave('replay', 'no.mcap')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no\.mcap: .*byte \d+/),
    })
  })

  test('an unknown bench lists the benches', async () => {
    const { code, err } = await skillweave('bench', 'webpage')
    expect(code).toBe(2)
    expect(err).toMatch(/no bench "webpage"; there are all, viewer, tab and stream/)
  })

  test('an unknown task, robot or ball lists what exists', async () => {
    expect(await skillweave('train', 'reech')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no task "reech"; there are reach, /),
    })
    expect(await skillweave('train', 'reach', '--robot', 'arm8')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/arm8.*arm7/),
    })
    expect(await skillweave('demo', 'basketball', '--headless', '--ball', 'beach')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/no ball "beach"; there are regulation, paper/),
    })
  })

  test('a clip that is cut short names the file, and nothing is served', async () => {
    const whole = writeBallPlayClip(syntheticClip('hold'))
    const path = join(folder, '013_cut.pt')
    writeFileSync(path, whole.subarray(0, whole.length / 2))
    const { code, err } = await skillweave('demo', 'clip', path)
    expect(code).toBe(2)
    expect(err).toContain('013_cut.pt')
  })

  test('a policy for another robot is refused with the differences', async () => {
    const ship = ['train', 'reach', '--envs', '16', '--name', 'other', '--samples', '1000']
    expect((await skillweave(...ship)).code).toBe(0)
    const path = join(folder, '.runs/other/policy.json')
    const manifest = JSON.parse(readFileSync(path, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...manifest, robot: 'arm6' }))
    const { code, err } = await skillweave(
      ...['demo', 'arm', '--headless', '--seconds', '1', '--policy', '.runs/other'],
    )
    expect(code).toBe(2)
    expect(err).toMatch(/robot: needs arm6, has arm7/)
    const { jointNames, ...without } = manifest
    writeFileSync(path, JSON.stringify({ ...without, jointNames: jointNames.slice(1) }))
    const missing = await skillweave(
      ...['demo', 'arm', '--headless', '--seconds', '1', '--policy', '.runs/other'],
    )
    expect(missing.code).toBe(2)
    expect(missing.err).toContain(jointNames[0])
  })

  test('a port in use says so', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as { port: number }
    const { code, err } = await skillweave('demo', 'arm', '--port', String(port), '--no-open')
    taken.close()
    expect(code).toBe(2)
    expect(err).toMatch(new RegExp(`port ${port} .*in use`))
  })
})
