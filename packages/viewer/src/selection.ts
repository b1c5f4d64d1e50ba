import { type Group, Mesh, MeshBasicMaterial, RingGeometry } from 'three'
import type { Hit } from './picking.ts'
import type { Picked } from './pointer.ts'
import type { Props } from './props.ts'
import type { RobotView } from './robot.ts'

/** Marks what is selected and what is under the pointer: a link is lit, a thing has a ring around it on the floor. */
export interface SelectionMarks {
  selected: Picked | null
  /** Once per drawn frame. Only links of the first robot can be selected. */
  draw(robots: readonly RobotView[], props: Props, hover: Hit | null): void
  /** Name of what is marked as selected now; null: nothing. */
  readonly drawn: string | null
  dispose(): void
}

export function createSelectionMarks(root: Group): SelectionMarks {
  const material = new MeshBasicMaterial({ color: '#5cc8ff', depthWrite: false, toneMapped: false })
  const ring = new Mesh(new RingGeometry(1, 1.12, 48), material)
  ring.position.z = 0.014
  ring.visible = false
  root.add(ring)
  let drawn: string | null = null

  /** Put the ring around the selected thing. Returns whether there is one. */
  function encircle({ objects, targets }: Props, name: string): boolean {
    const object = objects.find((o) => o.description.name === name)
    const node = object?.node ?? targets.find((t) => t.name === name)?.node
    if (!node) return false
    ring.position.setX(node.position.x).setY(node.position.y)
    ring.scale.setScalar(Math.min(0.6, Math.max(0.2, 1.3 * (object?.radius ?? 0.3))))
    return true
  }

  const marks: SelectionMarks = {
    selected: null,
    get drawn() {
      return drawn
    },
    draw(robots, props, hover) {
      const { selected } = marks
      const isLink = selected?.kind === 'link'
      const link = isLink
        ? (robots[0]?.description.links.findIndex((l) => l.name === selected.name) ?? -1)
        : -1
      robots.forEach((r, i) => {
        const pointed = hover?.robot === r ? hover.link : -1
        r.highlight(hover?.copy ?? 0, pointed, i === 0 ? link : -1)
      })
      ring.visible = selected !== null && !isLink && encircle(props, selected.name)
      drawn = link >= 0 || ring.visible ? (selected?.name ?? null) : null
    },
    dispose() {
      ring.removeFromParent()
      ring.geometry.dispose()
      material.dispose()
    },
  }
  return marks
}
