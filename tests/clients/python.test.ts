import { execFile, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { endProcesses, startRobot } from '../support/robot-process.ts'

const folder = fileURLToPath(new URL('../../clients/python', import.meta.url))
const hasPython = (() => {
  try {
    execFileSync('python3', ['-c', 'import websockets'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

afterEach(endProcesses)

const python = (script: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, PYTHONPATH: `${folder}:${process.env.PYTHONPATH ?? ''}` }
    execFile('python3', ['-c', script], { env, timeout: 50_000 }, (error, out, err) => {
      if (error) reject(new Error(err))
      else resolve(out)
    })
  })

describe.skipIf(!hasPython)('the Python client (skipped without python3 and websockets)', () => {
  it('reads joints by name, moves one, and gives the robot back', { retry: 2 }, async () => {
    const url = await startRobot('mujoco', 'arm7')
    const out = await python(`
import json
from skillweave import Robot, Refused
robot = Robot('${url}')
before = robot.read()['q']['waist_yaw']
robot.take()
robot.targets['waist_yaw'] = 0.3
robot.wait(2)
after, state = robot.read()['q']['waist_yaw'], robot.state
robot.stop()
robot.wait(0.5)
try:
    robot.call('robot.start')
    refusal = ''
except Refused as error:
    refusal = str(error)
print(json.dumps([robot.joints, before, after, state, robot.state, refusal]))
`)
    const [joints, before, after, state, stopped, refusal] = JSON.parse(out)
    expect(joints[0]).toBe('waist_yaw')
    expect(before).toBeCloseTo(0, 2)
    expect(Math.abs(after - 0.3)).toBeLessThan(0.1)
    expect([state, stopped]).toEqual(['active', 'stopped'])
    expect(refusal).toContain('robot.start: ')
  })
})
