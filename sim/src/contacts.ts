import { quatRotateAt } from '@skillweave/math'
import type { ContactList } from '@skillweave/model'
import type { RigidBody, World } from './rapier.ts'

type Collider = ReturnType<RigidBody['collider']>
type Manifold = Parameters<Parameters<World['contactPair']>[2]>[0]

/**
 * Reads the contacts of one environment out of the engine. `bodies`: links, then objects. Costs
 * microseconds per body and allocates, so it is for watching, not for training.
 */
export function readContacts(
  world: World,
  bodies: readonly RigidBody[],
  options: {
    readonly nLinks: number
    readonly origin: readonly [x: number, y: number]
    readonly dt_s: number
  },
  out: ContactList,
): void {
  const { nLinks, origin, dt_s } = options
  const nObjects = bodies.length - nLinks
  const room = out.bodyA.length
  /** Ground, objects, links: the order in which bodies are numbered. */
  const numberOf = (b: number): number => (b < nLinks ? 1 + nObjects + b : 1 + b - nLinks)
  const numbers = new Map<number, number>()
  bodies.forEach((body, b) => {
    numbers.set(body.handle, numberOf(b))
  })
  out.count = 0
  // The engine adds the last substep's impulse once too often: a ball at rest weighs (n + 1) / n of itself.
  const substeps = world.numSolverIterations
  const share = substeps / (substeps + 1)
  bodies.forEach((body, b) => {
    const a = numberOf(b)
    for (let c = 0; c < body.numColliders(); c++) {
      const collider = body.collider(c)
      world.contactPairsWith(collider, (other) => {
        const parent = other.parent()
        const number = parent ? numbers.get(parent.handle) : 0
        // Both sides are asked; one of them writes.
        if (number === undefined || number >= a) return
        world.contactPair(collider, other, (manifold, flipped) => {
          const normal = manifold.normal()
          // From the first collider of the pair to the second: what pushes ours away points back.
          const sign = flipped ? 1 : -1
          for (let i = 0; i < manifold.numContacts() && out.count < room; i++) {
            const force = (share * manifold.contactImpulse(i)) / dt_s
            if (!(force > 0)) continue
            const k = out.count++
            out.bodyA[k] = a
            out.bodyB[k] = number
            writePoint(collider, manifold, flipped, i, out.pos_w, 3 * k)
            out.pos_w[3 * k] -= origin[0]
            out.pos_w[3 * k + 1] -= origin[1]
            const f = sign * force
            out.force_w.set([f * normal.x, f * normal.y, f * normal.z], 3 * k)
          }
        })
      })
    }
  })
}

/** The i-th contact's point on our collider, world of the engine. */
function writePoint(
  collider: Collider,
  manifold: Manifold,
  flipped: boolean,
  i: number,
  out: Float64Array,
  at: number,
): void {
  const local = flipped ? manifold.localContactPoint2(i) : manifold.localContactPoint1(i)
  const { x, y, z, w } = collider.rotation()
  const t = collider.translation()
  quatRotateAt(out, at, [x, y, z, w], 0, local ? [local.x, local.y, local.z] : [0, 0, 0], 0)
  out[at] += t.x
  out[at + 1] += t.y
  out[at + 2] += t.z
}
