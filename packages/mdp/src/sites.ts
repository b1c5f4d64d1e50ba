import { type Floats, quatRotateAt } from '@skillweave/math'
import { linkIndex, type Robot, type StateView } from '@skillweave/model'

/** Bind a named site of a robot: returns a function that writes its world position. Throws, naming the sites. */
export function bindSite(
  robot: Robot,
  name: string,
): (s: StateView, out: Floats, at: number) => void {
  const site = robot.sites[name]
  if (!site) {
    throw new Error(
      `${robot.name} has no site "${name}"; it has ${Object.keys(robot.sites).join(', ')}`,
    )
  }
  const link = linkIndex(robot.model, site.link)
  const { pos } = site
  return (s, out, at) => {
    quatRotateAt(out, at, s.linkQuat_w, 4 * link, pos, 0)
    out[at] += s.linkPos_w[3 * link]
    out[at + 1] += s.linkPos_w[3 * link + 1]
    out[at + 2] += s.linkPos_w[3 * link + 2]
  }
}

/** Left/right partner of a site: `leftPalm` ↔ `rightPalm`. */
export const mirroredName = (name: string): string =>
  name.startsWith('left')
    ? `right${name.slice(4)}`
    : name.startsWith('right')
      ? `left${name.slice(5)}`
      : name
