import { openUnitreeGuard } from '@skillweave/bridges/machines'
import { UserError } from '../user-error.ts'

export interface RobotGuardOptions {
  readonly listen: string
  readonly port: number
  readonly host: string
  readonly commandsPort: number
  readonly kd: number
}

/**
 * `robot guard`: between a robot end and LeRobot's G1 bridge, best on the robot itself. Passes commands on, and damps the motors when they
 * stop. Runs until interrupted or until the bridge is gone.
 */
export async function robotGuard(options: RobotGuardOptions): Promise<void> {
  const { listen, port, host, commandsPort, kd } = options
  const start_ms = performance.now()
  let end: (text: string) => void = () => {}
  const ended = new Promise<string>((resolve) => {
    end = resolve
  })
  const opened = await openUnitreeGuard({
    listen: { host: listen, port },
    bridge: { host, port: commandsPort },
    kd,
    now_s: () => (performance.now() - start_ms) / 1000,
    onEnd: end,
  }).catch((error) => {
    throw new UserError((error as Error).message)
  })
  process.once('SIGINT', () => end(''))
  process.once('SIGTERM', () => end(''))
  process.stderr.write(
    [
      `commands to ${listen}:${opened.port} go on to ${host}:${commandsPort}; when they stop, the motors are damped (kd ${kd}).`,
      'It cannot help when this process or its computer dies: use a gantry and a hardware stop. It is not a safety function.',
      '',
    ].join('\n'),
  )
  let shown = ''
  const timer = setInterval(() => {
    const { state } = opened.guard
    if (state !== shown) process.stderr.write(`${state}\n`)
    shown = state
  }, 100)
  const text = await ended
  clearInterval(timer)
  opened.close()
  if (text !== '') throw new UserError(text)
}
