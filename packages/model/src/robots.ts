import type { Robot } from './robot.ts'
import { arm7 } from './robots/arm7.ts'
import { ballplayer } from './robots/ballplayer.ts'
import { g1 } from './robots/g1.ts'
import { g1Full } from './robots/g1-29.ts'
import { h1 } from './robots/h1.ts'
import { h1v2 } from './robots/h1-2.ts'

/** Every robot that comes with the package. */
export const robots = { h1, g1, 'g1-29': g1Full, 'h1-2': h1v2, arm7, ballplayer } as const

export type RobotName = keyof typeof robots

/** A robot by name. Throws, naming the robots that exist. */
export function robotByName(name: string): Robot {
  if (Object.hasOwn(robots, name)) return robots[name as RobotName]
  throw new Error(`there is no robot "${name}"; there are ${Object.keys(robots).join(', ')}`)
}
