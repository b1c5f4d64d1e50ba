import { type AddressInfo, createServer, type Socket } from 'node:net'

interface LowCommand {
  readonly data: {
    readonly motor_cmd: readonly { q: number; kp: number; kd: number; mode: number }[]
  }
}

/**
 * Stands for a Unitree robot behind LeRobot's bridge: two ZeroMQ sockets, of which only as much is spoken as the
 * bridge's PULL and PUB need. Its motors stay where they are.
 */
export async function openUnitreeBridgeDouble(q: readonly number[]) {
  const motors = Array.from({ length: 35 }, (_, i) => q[i] ?? 0)
  const commands: LowCommand[] = []
  const pull = await listen('PULL', (body) => {
    commands.push(JSON.parse(body.toString()))
  })
  let isSubscribed = false
  const pub = await listen('PUB', (body) => {
    isSubscribed ||= body.length === 1 && body[0] === 1
  })
  let tick = 0
  const timer = setInterval(() => {
    tick++
    if (isSubscribed) pub.send(stateText(motors, tick))
  }, 20)
  return {
    commandsPort: pull.port,
    statesPort: pub.port,
    /** Every command that came. */
    commands,
    close: () => {
      clearInterval(timer)
      pull.close()
      pub.close()
    },
  }
}

const stateText = (motors: readonly number[], tick: number): string =>
  JSON.stringify({
    topic: 'rt/lowstate',
    data: {
      motor_state: motors.map((q) => ({ q, dq: 0, tau_est: 0, temperature: 30 })),
      imu_state: {
        quaternion: [1, 0, 0, 0],
        gyroscope: [0, 0, 0],
        accelerometer: [0, 0, 9.81],
      },
      mode_machine: 5,
      mode_pr: 0,
      tick,
    },
  })

const zeros = (n: number): string => '00'.repeat(n)
/** What a ZeroMQ 4 server says first, byte by byte. */
const greeting = Buffer.from(`ff${zeros(8)}7f0300${'4e554c4c'}${zeros(16)}00${zeros(31)}`, 'hex')

async function listen(type: 'PULL' | 'PUB', receive: (body: Buffer) => void) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.write(greeting)
    const name = Buffer.from(type)
    const body = Buffer.concat([
      Buffer.from('\x05READY\x0bSocket-Type'),
      Buffer.of(0, 0, 0, name.length),
      name,
    ])
    socket.write(Buffer.concat([Buffer.of(4, body.length), body]))
    let rest: Buffer = Buffer.alloc(0)
    let skip = greeting.length
    socket.on('data', (bytes) => {
      rest = Buffer.concat([rest, bytes])
      if (rest.length < skip) return
      rest = rest.subarray(skip)
      skip = 0
      for (;;) {
        const head = (rest[0] & 2) !== 0 ? 9 : 2
        if (rest.length < head) return
        const length = head === 9 ? Number(rest.readBigUInt64BE(1)) : rest[1]
        if (rest.length < head + length) return
        if ((rest[0] & 4) === 0) receive(rest.subarray(head, head + length))
        rest = rest.subarray(head + length)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    send: (text: string) => {
      const body = Buffer.from(text)
      const head = Buffer.alloc(9)
      head[0] = 2
      head.writeBigUInt64BE(BigInt(body.length), 1)
      for (const socket of sockets) socket.write(Buffer.concat([head, body]))
    },
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
