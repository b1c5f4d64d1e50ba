import type { Robot } from '@skillweave/model'

const orders: Readonly<Record<string, (robot: Robot) => readonly string[]>> = {
  'g1-29': (robot) => robot.model.dofNames,
}

/**
 * Joints in the order of the vendor's motor numbers, for the robots whose order we know: files that number motors name
 * no joint. Throws for others.
 */
export function motorOrder(robot: Robot): readonly string[] {
  const order = orders[robot.name]?.(robot)
  if (order) return order
  throw new Error(
    `the file numbers motors and names no joint; the motor order of ${robot.name} is unknown, ` +
      `known are ${Object.keys(orders).join(', ')}`,
  )
}
