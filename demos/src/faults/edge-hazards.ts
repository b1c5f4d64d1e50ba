import { Worker } from 'node:worker_threads'
import { createRosMachine, createUnitreeMachine, stepMachine } from '@skillweave/bridges/machines'
import { createHoldToRun } from '@skillweave/bridges/rosbridge'
import { createFrameSlot, createRobotEnd } from '@skillweave/robot-end'
import { createStreamServer, NodeWebSocket } from '@skillweave/stream/server'
import { readTorchTensor, writeTorchTensor } from '@skillweave/torch-files'
import { expect, type Hazard } from './hazard.ts'
import { createVirtualWorld, testProfile } from './virtual-world.ts'

/** Trials at the edge: adapters, archives, threads, vendor buses. */
export const edgeHazards: readonly Hazard[] = [
  { row: 26, name: 'kill-bridge', run: killBridge },
  { row: 38, name: 'cmd-vel-silence', run: cmdVelSilence },
  { row: 45, name: 'zip-bomb', run: zipBomb },
  { row: 45, name: 'deflate-offer', run: deflateOffer },
  { row: 48, name: 'torn-slot', run: tornSlot },
  { row: 49, name: 'foreign-writer', run: foreignWriter },
  { row: 49, name: 'mode-flip', run: modeFlip },
  { row: 50, name: 'zmq-nonfinite', run: zmqNonfinite },
]

/** Nobody is left to stop a machine: it must do so itself, or it is said before that it will not. */
function killBridge(): void {
  const port = createRosMachine({ profile: testProfile, controller: '/legs', send: () => {} })
  const timeout = (value: string): void =>
    port.receive(
      JSON.stringify({
        ...{ op: 'service_response', id: 'skillweave cmd_timeout' },
        ...{ result: true, values: { value } },
      }),
      1,
    )
  for (const value of ['0.0', '0.5', 'nan']) {
    timeout(value)
    expect(port.problems().length === 1, () => `a time-out of ${value} s is not a problem`)
  }
  timeout('0.2')
  expect(port.problems().length === 0, () => port.problems().join())
  expect(unitree().port.isUnguarded, () => 'the bridge is not said to be unguarded')
}

/** A page drives, its link clogs, and what it sent meanwhile comes at once. */
function cmdVelSilence(): void {
  const hold = createHoldToRun()
  let moving_s = 0
  let at_s = 0
  const look = (until_s: number): void => {
    for (; at_s < until_s; at_s += 0.05) if (hold.hasEnded(at_s)) moving_s = at_s
  }
  const acted = Array.from({ length: 40 }, (_, i) => hold.arrive(0.05 * i))
  expect(!acted[0], () => 'a single message moves the robot')
  expect(
    acted.slice(1).every(Boolean),
    () => `a steady stream acts ${acted.filter(Boolean).length} times of 40`,
  )
  at_s = 0.05 * 39
  look(3)
  expect(
    moving_s > 1.95 && moving_s <= 1.95 + 0.3 + 1e-9,
    () => `the motion ended at ${moving_s} s`,
  )
  const backlog = Array.from({ length: 20 }, (_, i) => hold.arrive(3 + 1e-4 * i))
  expect(!backlog.some(Boolean), () => 'a backlog after a silence moves the robot')
  look(4)
  expect(!hold.arrive(5), () => 'old motion goes on after a silence')
}

/** An archive that would fill the memory. */
function zipBomb(): void {
  const file = writeTorchTensor({ shape: [2, 3], data: new Float32Array(6) })
  const view = new DataView(file.buffer)
  let directory = file.length - 22
  directory = view.getUint32(directory + 16, true)
  const heap = process.memoryUsage().arrayBuffers
  for (const size of [2 ** 32 - 1, 2 ** 30, 2 ** 21]) {
    const bomb = file.slice()
    const bombView = new DataView(bomb.buffer)
    bombView.setUint16(directory + 10, 8, true)
    bombView.setUint32(directory + 24, size, true)
    refusesArchive(bomb, 'bomb')
  }
  const grown = process.memoryUsage().arrayBuffers - heap
  expect(grown < 2 ** 20, () => `${grown} bytes were reserved for bombs`)
}

function refusesArchive(bytes: Uint8Array, word: string): void {
  let text = 'accepted'
  try {
    readTorchTensor(bytes)
  } catch (error) {
    text = (error as Error).message
  }
  expect(text.includes(word), () => `the archive was "${text}", expected a refusal as ${word}`)
}

/** A client that offers compression gets none, and one that compresses all the same is cut off. */
async function deflateOffer(): Promise<void> {
  const server = await createStreamServer({ port: 0, onError: () => {} })
  try {
    const socket = new NodeWebSocket(`ws://127.0.0.1:${server.port}/stream`, ['skillweave.v1'], {
      perMessageDeflate: true,
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    expect(socket.extensions === '', () => `compression was agreed on: ${socket.extensions}`)
    const closed = new Promise<void>((resolve) => {
      socket.on('error', () => {})
      socket.once('close', () => resolve())
    })
    // A text frame with the bit of a compressed one, masked with zeros.
    const { _socket: below } = socket as unknown as { _socket: { write(bytes: Uint8Array): void } }
    below.write(Uint8Array.of(0xc1, 0x82, 0, 0, 0, 0, 0x7b, 0x7d))
    const timeout = new Promise<string>((resolve) => setTimeout(() => resolve('open'), 3000))
    const end = await Promise.race([closed.then(() => 'closed'), timeout])
    socket.terminate()
    expect(end === 'closed', () => 'a compressed frame was taken')
  } finally {
    await server.close()
  }
}

/** Ten million writes in one thread, reads in another: no read is of two frames. */
async function tornSlot(share: number): Promise<void> {
  const length = 620
  const slot = createFrameSlot(length)
  // The built file: threads of Node 20 cannot run sources.
  const writer = new Worker(new URL('../../dist/workers/slot-writer.js', import.meta.url), {
    workerData: { memory: slot.memory, length, writes: Math.ceil(1e6 * share) * 10 },
    execArgv: [],
  })
  let isWriting = true
  const ended = new Promise<void>((resolve, reject) => {
    writer.once('error', reject)
    writer.once('exit', () => {
      isWriting = false
      resolve()
    })
  })
  const out = new Uint8Array(length)
  let reads = 0
  let torn = 0
  while (isWriting) {
    for (let i = 0; i < 2000; i++) {
      if (!slot.read(out)) continue
      reads++
      if (!out.every((b) => b === out[0])) torn++
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  await ended
  expect(torn === 0, () => `${torn} of ${reads} reads were of two frames`)
  expect(reads > 0, () => 'nothing was read')
}

/** A Unitree robot of three joints in the start pose, with its robot end before it. */
function unitree() {
  const { channels } = createVirtualWorld({ seed: 1 })
  const sent: string[] = []
  const port = createUnitreeMachine({
    profile: testProfile,
    motors: testProfile.joints,
    send: (text) => sent.push(text),
  })
  const end = createRobotEnd({ profile: testProfile, channel: channels.command, firstEpoch: 1 })
  end.linkUp(0)
  let ticks = 0
  const robot = {
    port,
    end,
    sent,
    state: { mode_pr: 0, mode_machine: 5, q0: testProfile.startPose[0] },
    get now_s() {
      return ticks * testProfile.tickDt_s
    },
    run: (duration_s: number) => {
      const last = ticks + Math.round(duration_s / testProfile.tickDt_s)
      for (; ticks < last; ticks++) {
        port.receive(stateText(robot.state, ticks), robot.now_s)
        stepMachine(end, port, robot.now_s)
      }
    },
    /** To a state in which its joints are stiff. */
    pose: () => {
      robot.run(1.2)
      end.requestLease('a', 'controller', channels.command.hash, robot.now_s)
      const failures = end.runPreflight('a', robot.now_s)
      if (failures.length > 0) throw new Error(failures.join('; '))
      end.pose('a', robot.now_s)
      robot.run(0.5)
    },
  }
  return robot
}

function stateText(
  state: { readonly mode_pr: number; readonly mode_machine: number; readonly q0: number },
  tick: number,
): string {
  const motor_state = Array.from({ length: 35 }, (_, i) => ({
    q: i === 0 ? state.q0 : (testProfile.startPose[i] ?? 0),
    dq: 0,
    tau_est: 0,
    temperature: 30,
  }))
  const imu_state = { quaternion: [1, 0, 0, 0], gyroscope: [0, 0, 0], accelerometer: [0, 0, 9.81] }
  const { mode_pr, mode_machine } = state
  return JSON.stringify({
    topic: 'rt/lowstate',
    data: { motor_state, imu_state, mode_pr, mode_machine, tick },
  })
}

const foreignCommand = JSON.stringify({ topic: 'rt/lowcmd', data: { motor_cmd: [] } })

function foreignWriter(): void {
  const silent = unitree()
  silent.port.heard(foreignCommand)
  silent.run(2)
  expect(silent.sent.length === 0, () => 'commands were sent beside those of another program')
  const robot = unitree()
  robot.pose()
  robot.port.heard(robot.sent.at(-1) as string)
  robot.run(0.1)
  expect(robot.end.state === 'posing', () => `our own command stopped us: ${robot.end.cause}`)
  robot.port.heard(foreignCommand)
  robot.run(0.004)
  expectStopped(robot, 'foreignWriter')
}

function modeFlip(): void {
  for (const change of [{ mode_pr: 1 }, { mode_machine: 4 }]) {
    const robot = unitree()
    robot.pose()
    Object.assign(robot.state, change)
    robot.run(0.004)
    expectStopped(robot, 'vendorMode')
  }
}

function expectStopped({ end, sent }: ReturnType<typeof unitree>, cause: string): void {
  expect(
    end.state === 'stopped' && end.stopCause === cause,
    () => `${end.state} for ${end.stopCause}`,
  )
  const { motor_cmd } = JSON.parse(sent.at(-1) as string).data
  expect(
    motor_cmd.every((m: { kp: number }) => m.kp === 0),
    () => 'a stopped robot is held stiff',
  )
}

/** Numbers that are none, either way: Python writes and reads what JSON has not. */
function zmqNonfinite(): void {
  const robot = unitree()
  robot.pose()
  expect(robot.port.isUnguarded, () => 'the bridge is not said to be unguarded')
  const before = robot.sent.length
  const n = testProfile.joints.length
  const list = (x: number) => new Float64Array(n).fill(x)
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    for (const key of ['qTarget', 'dqTarget', 'tauFf', 'kp', 'kd'] as const) {
      const command = {
        qTarget: list(0),
        dqTarget: list(0),
        tauFf: list(0),
        kp: list(1),
        kd: list(1),
        [key]: list(bad),
      }
      robot.port.write(command, 'active', robot.now_s)
    }
  }
  expect(robot.sent.length === before, () => 'a number that is none went to the bridge')
  const stamp = robot.port.measured?.stamp_s
  robot.port.receive(stateText(robot.state, 1e6).replace('"q":0,', '"q":NaN,'), robot.now_s)
  robot.port.receive(stateText(robot.state, 1e6).replace('"q":0,', '"q":1e999,'), robot.now_s)
  expect(robot.port.measured?.stamp_s === stamp, () => 'a measurement that is no number was taken')
  expect(robot.port.refused.notJson === 1 && robot.port.refused.nonFinite === 1, () =>
    JSON.stringify(robot.port.refused),
  )
}
