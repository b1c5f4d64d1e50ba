import type { CourtDescription, GroundDescription } from '@skillweave/protocol'
import {
  BufferAttribute,
  BufferGeometry,
  CircleGeometry,
  Color,
  type Group,
  Mesh,
  SphereGeometry,
  SRGBColorSpace,
} from 'three'
import { createFloorUniforms, floorMaterial, skyMaterial } from './materials.ts'
import type { SceneColors } from './palette.ts'

/** Floor, court markings and sky. */
export interface Ground {
  /** A flat floor with a court or a grid, or a height field. */
  set(ground: GroundDescription, court: CourtDescription | undefined): void
  /** Courts belong to their hoop: move the markings with it. */
  moveCourt(x: number, y: number, yaw: number): void
  paint(colors: SceneColors, isLight: boolean): void
  /** Move the pool of light, world x, y. */
  focusOn(x: number, y: number): void
  dispose(): void
}

/** Build floor and sky under `root`. */
export function createGround(root: Group): Ground {
  const uniforms = createFloorUniforms()
  const floor = new Mesh<BufferGeometry>(new CircleGeometry(60, 48), floorMaterial(uniforms))
  floor.receiveShadow = true
  floor.frustumCulled = false
  const sky = { sky: { value: new Color() }, horizon: { value: new Color() } }
  const dome = new Mesh(new SphereGeometry(50, 24, 12), skyMaterial(sky))
  dome.material.side = 1
  dome.renderOrder = -10
  dome.frustumCulled = false
  root.add(floor, dome)

  return {
    set(ground, court) {
      floor.geometry.dispose()
      floor.geometry = ground.heightfield
        ? heightfieldGeometry(ground.heightfield)
        : new CircleGeometry(60, 48)
      uniforms.courtSize.value.w = court ? 1 : 0
      if (!court) return
      uniforms.court.value.set(
        court.hoop_w[0],
        court.hoop_w[1],
        Math.cos(court.yaw),
        Math.sin(court.yaw),
      )
      uniforms.courtSize.value.set(court.width, court.length, court.arcRadius, 1)
      uniforms.keySize.value.set(court.keyWidth, court.keyLength)
    },
    moveCourt(x, y, yaw) {
      uniforms.court.value.set(x, y, Math.cos(yaw), Math.sin(yaw))
    },
    paint(colors, isLight) {
      uniforms.floorColor.value.set(colors.floor)
      uniforms.gridColor.value.set(colors.gridLine)
      uniforms.woodColor.value.set(colors.wood)
      uniforms.keyColor.value.set(colors.key)
      uniforms.lineColor.value.set(colors.courtLine)
      uniforms.apronColor.value.set(colors.apron)
      uniforms.ambient.value = isLight ? 0.86 : 0.42
      outputColor(sky.sky.value, colors.sky)
      outputColor(sky.horizon.value, colors.horizon)
    },
    focusOn(x, y) {
      uniforms.focus.value.set(x, y)
    },
    dispose() {
      root.remove(floor, dome)
      floor.geometry.dispose()
      dome.geometry.dispose()
      disposeMaterial(floor)
      disposeMaterial(dome)
    },
  }
}

const disposeMaterial = (mesh: Mesh): void => {
  for (const m of [mesh.material].flat()) m.dispose()
}

/** A colour as the screen shows it, for shaders that skip tone mapping. */
function outputColor(out: Color, css: string): void {
  new Color(css).getRGB(out, SRGBColorSpace)
}

function heightfieldGeometry(field: NonNullable<GroundDescription['heightfield']>): BufferGeometry {
  const { rows, columns, cell, heights } = field
  const positions = new Float32Array(rows * columns * 3)
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const o = (r * columns + c) * 3
      positions[o] = (c - (columns - 1) / 2) * cell
      positions[o + 1] = (r - (rows - 1) / 2) * cell
      positions[o + 2] = heights[r * columns + c]
    }
  }
  const index: number[] = []
  for (let r = 0; r < rows - 1; r++) {
    for (let c = 0; c < columns - 1; c++) {
      const a = r * columns + c
      index.push(a, a + 1, a + columns, a + 1, a + columns + 1, a + columns)
    }
  }
  const g = new BufferGeometry()
  g.setAttribute('position', new BufferAttribute(positions, 3))
  g.setIndex(index)
  g.computeVertexNormals()
  return g
}
