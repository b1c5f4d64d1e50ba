import { type PerspectiveCamera, Plane, Raycaster, Vector2, Vector3 } from 'three'
import type { Frames } from './frames.ts'
import type { WorldRay } from './picking.ts'

/** The ray under the pointer, and planes to drag in. World coordinates. */
export interface Aim {
  readonly ray: WorldRay
  /** Aim where an event was. */
  at(e: MouseEvent): void
  /** Where the ray meets a plane; false if it does not. */
  meet(plane: Plane, out: Vector3): boolean
  /** The plane through a point that faces the camera. */
  facing(point: Vector3): Plane
}

export function createAim(
  canvas: HTMLCanvasElement,
  camera: PerspectiveCamera,
  frames: Frames,
): Aim {
  const caster = new Raycaster()
  const at = new Vector2()
  const view = new Vector3()
  const ray: WorldRay = { origin: new Vector3(), direction: new Vector3() }
  return {
    ray,
    at(e) {
      const box = canvas.getBoundingClientRect()
      at.set(
        ((e.clientX - box.left) / box.width) * 2 - 1,
        1 - ((e.clientY - box.top) / box.height) * 2,
      )
      caster.setFromCamera(at, camera)
      frames.toWorld(ray.origin.copy(caster.ray.origin))
      frames.toWorld(ray.direction.copy(caster.ray.direction)).normalize()
    },
    meet(plane, out) {
      const d = plane.normal.dot(ray.direction)
      if (Math.abs(d) < 1e-6) return false
      const t = -(plane.normal.dot(ray.origin) + plane.constant) / d
      if (t < 0) return false
      out.copy(ray.origin).addScaledVector(ray.direction, t)
      return true
    },
    facing(point) {
      frames.toWorld(camera.getWorldDirection(view))
      return new Plane().setFromNormalAndCoplanarPoint(view, point)
    },
  }
}

/** The level plane at a height. */
export const levelAt = (z: number): Plane => new Plane(new Vector3(0, 0, 1), -z)
