import { robots } from '@skillweave/model'
import { afterEach, expect, it } from 'vitest'
import { WebSocketServer } from 'ws'
import { commandLine } from '../support/command-line.ts'
import { endProcesses, said, startCli } from '../support/robot-process.ts'
import { createRosbridgeDouble } from '../support/rosbridge-double.ts'
import { until } from '../support/streams.ts'
import { openUnitreeBridgeDouble } from '../support/unitree-bridge-double.ts'

// What machines do behind their robot ends is tried in virtual time, in tests/unit/demos; here they are connected.
const closing: (() => void)[] = []
afterEach(() => {
  endProcesses()
  for (const close of closing.splice(0)) close()
})

const { skillweave } = commandLine()
const wait_ms = 60_000
/** Nothing here is about how soon a busy machine gives its processes time. */
const atEase = ['--simulator', '--port', '0', '--silence', '20000']

it('robot ros asks a rosbridge for joints and its controller for its time-out, and says what is wrong', {
  timeout: 120_000,
}, async () => {
  const double = createRosbridgeDouble({ joints: robots.arm7.model.dofNames, cmdTimeout: '0.0' })
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  closing.push(() => server.close())
  server.on('connection', (socket) => {
    const timer = setInterval(() => socket.send(double.state()), 20)
    socket.on('close', () => clearInterval(timer))
    socket.on('message', (data) => {
      for (const answer of double.receive(String(data))) socket.send(answer)
    })
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const robot = startCli(
    ...['robot', 'ros', '--robot', 'arm7', '--controller', '/arm', ...atEase],
    ...['--url', `ws://127.0.0.1:${port}`],
  )
  const url = await said(robot, /ws:\/\/[\d.:]+\/stream/)
  const { code, err } = await skillweave('control', '--robot', 'arm7', '--url', url)
  expect(code).toBe(2)
  expect(err).toContain('cmd_timeout of /arm is off, expected at most 0.2 s')
  expect(double.points).toEqual([])
  for (const socket of server.clients) socket.terminate()
  await said(robot, /closed the link/)
})

it('robot unitree damps the motors from the start until its process has ended', {
  timeout: 120_000,
}, async () => {
  const double = await openUnitreeBridgeDouble(robots['g1-29'].qDefault)
  closing.push(double.close)
  const ports = ['--commands-port', double.commandsPort, '--states-port', double.statesPort]
  const robot = startCli('robot', 'unitree', ...ports.map(String), ...atEase)
  await until(() => double.commands.length > 10, wait_ms)
  const ended = new Promise((resolve) => robot.once('close', resolve))
  const before = double.commands.length
  robot.kill('SIGTERM')
  await ended
  expect(double.commands.length).toBeGreaterThan(before)
  for (const { data } of double.commands) {
    expect(data.motor_cmd.slice(0, 29).every((m) => m.mode === 1 && m.kp === 0 && m.kd > 0)).toBe(
      true,
    )
    expect(data.motor_cmd[34]).toMatchObject({ mode: 0, kp: 0, kd: 0 })
  }
})

it('a real machine is not moved without a person at the terminal', {
  timeout: 120_000,
}, async () => {
  const { code, err } = await skillweave('robot', 'unitree')
  expect(code).toBe(2)
  expect(err).toContain('a real robot needs a person at this terminal')
})

it('a machine that is not there is a sentence', { timeout: 120_000 }, async () => {
  const { code, err } = await skillweave(
    ...['robot', 'ros', '--controller', '/arm', '--url', 'ws://127.0.0.1:9', '--simulator'],
  )
  expect(code).toBe(2)
  expect(err).toContain('no rosbridge at ws://127.0.0.1:9')
})
