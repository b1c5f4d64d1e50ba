import type { ShellDetail } from './link-builder.ts'

export type QualityName = 'low' | 'medium' | 'high'

/** What a preset buys. Measured trade-offs: environment light is the first to go, shadows the last. */
export interface Quality {
  readonly name: QualityName
  /** Physically based materials with environment light; else Lambert. */
  readonly pbr: boolean
  /** Side of the shadow map, px; 0: soft blobs only. */
  readonly shadowMap: number
  readonly antialias: boolean
  readonly pixelRatioMax: number
  readonly clearcoat: boolean
}

export const qualities: Readonly<Record<QualityName, Quality>> = {
  low: {
    name: 'low',
    pbr: false,
    shadowMap: 0,
    antialias: false,
    pixelRatioMax: 1,
    clearcoat: false,
  },
  medium: {
    name: 'medium',
    pbr: true,
    shadowMap: 1024,
    antialias: true,
    pixelRatioMax: 1.5,
    clearcoat: false,
  },
  high: {
    name: 'high',
    pbr: true,
    shadowMap: 2048,
    antialias: true,
    pixelRatioMax: 2,
    clearcoat: true,
  },
}

/** Shell detail by preset and number of robots on screen. */
export function shellDetail(quality: Quality, robots: number): ShellDetail {
  if (robots > 16) return quality.name === 'high' ? 8 : 5
  if (robots > 4) return quality.name === 'low' ? 5 : 8
  return quality.name === 'low' ? 8 : quality.name === 'medium' ? 10 : 12
}

/** A preset for a machine: low for software rendering, else medium. */
export const defaultQuality = (rendererName: string): QualityName =>
  /swiftshader|llvmpipe|software|warp|basic render/i.test(rendererName) ? 'low' : 'medium'

/** The name of the GPU behind a fresh WebGL 2 context, or null when there is none. */
export function rendererName(): string | null {
  const gl = document.createElement('canvas').getContext('webgl2')
  if (!gl) return null
  const info = gl.getExtension('WEBGL_debug_renderer_info')
  const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER))
  gl.getExtension('WEBGL_lose_context')?.loseContext()
  return name
}
