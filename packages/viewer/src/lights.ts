import {
  DirectionalLight,
  type Group,
  HemisphereLight,
  PMREMGenerator,
  type Scene,
  type Texture,
  type WebGLRenderer,
} from 'three'
import { RoomEnvironment } from 'three/addons/environments/RoomEnvironment.js'
import type { Theme } from './palette.ts'
import type { Quality } from './quality.ts'

/** Key, rim and sky light; the key's shadow follows the robot. */
export interface Lights {
  apply(theme: Theme, quality: Quality): void
  /** The graphics context is a new one: what was drawn into textures is gone. */
  forget(): void
  /** Centre the shadow on a world point. */
  follow(x: number, y: number): void
  dispose(): void
}

/** From the key light to what it lights, world coordinates, m. */
const keyOffset = [2.4, -2.6, 5.2] as const
const shadowHalf = 2.4

/** Build the lights under `root`. */
export function createLights(scene: Scene, root: Group, renderer: WebGLRenderer): Lights {
  const key = new DirectionalLight('#fff1e0', 3)
  const rim = new DirectionalLight('#9fc4ff', 2.2)
  const sky = new HemisphereLight('#dfe8f5', '#4a4038', 0.25)
  key.castShadow = true
  const camera = key.shadow.camera
  camera.left = -shadowHalf
  camera.right = shadowHalf
  camera.top = shadowHalf
  camera.bottom = -shadowHalf
  camera.near = 0.5
  camera.far = 14
  key.shadow.radius = 3.2
  key.shadow.normalBias = 0.015
  key.shadow.intensity = 0.85
  root.add(key, key.target, rim, rim.target, sky)
  sky.position.set(0, 0, 1)
  let room: Texture | null = null

  return {
    apply(theme, quality) {
      const dark = theme === 'dark'
      key.intensity = dark ? 2.3 : 2.1
      rim.intensity = dark ? 1.9 : 0.6
      // Without environment light, the sky light has to fill the shadows.
      sky.intensity = quality.pbr ? (dark ? 0.55 : 0.9) : dark ? 1.7 : 1.9
      renderer.shadowMap.enabled = quality.shadowMap > 0
      key.castShadow = quality.shadowMap > 0
      if (quality.shadowMap > 0 && key.shadow.mapSize.x !== quality.shadowMap) {
        key.shadow.mapSize.set(quality.shadowMap, quality.shadowMap)
        key.shadow.map?.dispose()
        key.shadow.map = null
      }
      if (quality.pbr && !room) {
        const generator = new PMREMGenerator(renderer)
        const environment = new RoomEnvironment()
        room = generator.fromScene(environment, 0.03).texture
        environment.dispose()
        generator.dispose()
      }
      scene.environment = quality.pbr ? room : null
      scene.environmentIntensity = dark ? 0.26 : 0.4
    },
    forget() {
      room?.dispose()
      room = null
      key.shadow.map?.dispose()
      key.shadow.map = null
    },
    follow(x, y) {
      // Whole texels, or the shadow's edge crawls while the robot walks.
      const texel = (2 * shadowHalf) / (key.shadow.mapSize.x || 1024)
      const sx = Math.round(x / texel) * texel
      const sy = Math.round(y / texel) * texel
      key.position.set(sx + keyOffset[0], sy + keyOffset[1], keyOffset[2])
      key.target.position.set(sx, sy, 0.6)
      rim.position.set(x - 4, y + 3, 1.5)
      rim.target.position.set(x, y, 0.8)
    },
    dispose() {
      room?.dispose()
      key.dispose()
      rim.dispose()
      sky.dispose()
    },
  }
}
