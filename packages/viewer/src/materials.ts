import {
  Color,
  type ColorRepresentation,
  type Material,
  MeshLambertMaterial,
  MeshPhysicalMaterial,
  MeshStandardMaterial,
  ShaderMaterial,
  Vector2,
  Vector4,
} from 'three'
import type { Quality } from './quality.ts'

/** What three passes to onBeforeCompile. */
type Shader = Parameters<Material['onBeforeCompile']>[0]

/** A lit material of the preset's kind. */
export function litMaterial(
  quality: Quality,
  options: {
    color: ColorRepresentation
    roughness?: number
    metalness?: number
    opacity?: number
  },
): MeshStandardMaterial | MeshLambertMaterial {
  const { color, roughness = 0.6, metalness = 0, opacity = 1 } = options
  const transparent = opacity < 1
  return quality.pbr
    ? new MeshStandardMaterial({ color, roughness, metalness, opacity, transparent })
    : new MeshLambertMaterial({ color, opacity, transparent })
}

/** Colours all shells share: the light that shows the connection's state. */
export interface ShellUniforms {
  readonly stateLight: { value: Color }
}

/**
 * The material of robots. Vertices carry colour and `surface` (roughness, metalness, shell mask,
 * glow); instances carry `tint` (rgb and amount, shells only) and `lift` (0…1, a bright edge).
 */
export function shellMaterial(quality: Quality, uniforms: ShellUniforms): Material {
  const material = quality.pbr
    ? quality.clearcoat
      ? new MeshPhysicalMaterial({ vertexColors: true, clearcoat: 0.35, clearcoatRoughness: 0.25 })
      : new MeshStandardMaterial({ vertexColors: true })
    : new MeshLambertMaterial({ vertexColors: true })
  material.onBeforeCompile = (shader) => {
    shader.uniforms.stateLight = uniforms.stateLight
    shader.vertexShader = shader.vertexShader
      .replace(
        '#include <common>',
        `#include <common>
        attribute vec4 surface; attribute vec4 tint; attribute float lift;
        varying vec4 vSurface; varying vec4 vTint; varying float vLift;`,
      )
      .replace(
        '#include <begin_vertex>',
        `#include <begin_vertex>
        vSurface = surface; vTint = tint; vLift = lift;`,
      )
    patchFragment(shader, {
      common: `uniform vec3 stateLight;
        varying vec4 vSurface; varying vec4 vTint; varying float vLift;`,
      color: 'diffuseColor.rgb = mix(diffuseColor.rgb, vTint.rgb, 0.55 * vTint.a * vSurface.z);',
      emissive: `totalEmissiveRadiance += stateLight * vSurface.w;
        float edge = 1.0 - abs(dot(normalize(normal), normalize(vViewPosition)));
        totalEmissiveRadiance += vLift * (0.12 + 0.9 * edge * edge) * vec3(0.36, 0.78, 1.0);`,
    })
    shader.fragmentShader = shader.fragmentShader
      .replace('#include <roughnessmap_fragment>', 'float roughnessFactor = vSurface.x;')
      .replace('#include <metalnessmap_fragment>', 'float metalnessFactor = vSurface.y;')
  }
  return material
}

/** Insert code into a lit fragment shader: declarations, after the base colour, into the light it emits. */
function patchFragment(
  shader: Shader,
  code: { common: string; color?: string; emissive?: string },
): void {
  let f = shader.fragmentShader.replace('#include <common>', `#include <common>\n${code.common}`)
  if (code.color) {
    f = f.replace('#include <color_fragment>', `#include <color_fragment>\n${code.color}`)
  }
  if (code.emissive) {
    f = f.replace(
      '#include <emissivemap_fragment>',
      `#include <emissivemap_fragment>\n${code.emissive}`,
    )
  }
  shader.fragmentShader = f
}

/** A basketball: pebbled orange with seams, so that spin can be read. Place it by object coordinates. */
export function ballMaterial(quality: Quality): Material {
  const material = litMaterial(quality, { color: '#d0641c', roughness: 0.72 })
  material.onBeforeCompile = (shader) => {
    shader.vertexShader = shader.vertexShader
      .replace('#include <common>', '#include <common>\nvarying vec3 vBall;')
      .replace('#include <begin_vertex>', '#include <begin_vertex>\nvBall = normalize(position);')
    patchFragment(shader, {
      common: 'varying vec3 vBall;',
      color: `vec3 p = normalize(vBall);
        float d = min(abs(p.x), abs(p.y));
        d = min(d, abs(length(p - vec3(0.0, 0.0, 1.25)) - 1.02));
        d = min(d, abs(length(p + vec3(0.0, 0.0, 1.25)) - 1.02));
        float a = fwidth(d) + 1e-4;
        float grain = fract(sin(dot(floor(p * 46.0), vec3(12.99, 78.23, 37.72))) * 43758.5);
        diffuseColor.rgb *= 0.95 + 0.1 * grain;
        diffuseColor.rgb = mix(vec3(0.012), diffuseColor.rgb, smoothstep(0.02 - a, 0.02 + a, d));`,
    })
  }
  return material
}

/** What the floor shader needs to know; vectors are world x, y. */
export interface FloorUniforms {
  /** Hoop x, y, and the cosine and sine of the direction into the court. */
  readonly court: { value: Vector4 }
  /** Width, length, arc radius; w: 1 with a court, 0 for the grid. */
  readonly courtSize: { value: Vector4 }
  /** Key width, key length. */
  readonly keySize: { value: Vector2 }
  /** Where the pool of light is. */
  readonly focus: { value: Vector2 }
  /** How much of the floor stays bright outside it, 0…1. */
  readonly ambient: { value: number }
  readonly floorColor: { value: Color }
  readonly gridColor: { value: Color }
  readonly woodColor: { value: Color }
  readonly keyColor: { value: Color }
  readonly lineColor: { value: Color }
  readonly apronColor: { value: Color }
}

/** Uniforms of a grid floor. */
export const createFloorUniforms = (): FloorUniforms => ({
  court: { value: new Vector4(0, 0, 1, 0) },
  courtSize: { value: new Vector4(15, 14, 6.75, 0) },
  keySize: { value: new Vector2(4.9, 5.8) },
  focus: { value: new Vector2() },
  ambient: { value: 0.3 },
  floorColor: { value: new Color() },
  gridColor: { value: new Color() },
  woodColor: { value: new Color() },
  keyColor: { value: new Color() },
  lineColor: { value: new Color() },
  apronColor: { value: new Color() },
})

/**
 * The floor in one shader, without textures: a metre grid, or planks and court lines as distance
 * functions, crisp at any zoom. Without gloss in every preset: the rim light would tint it blue.
 */
export function floorMaterial(uniforms: FloorUniforms): Material {
  const material = new MeshLambertMaterial({ color: '#ffffff' })
  material.onBeforeCompile = (shader) => {
    Object.assign(shader.uniforms, uniforms)
    shader.vertexShader = shader.vertexShader
      .replace('#include <common>', '#include <common>\nvarying vec2 vFloor;')
      .replace('#include <begin_vertex>', '#include <begin_vertex>\nvFloor = position.xy;')
    patchFragment(shader, { common: floorFunctions, color: floorColor })
  }
  return material
}

const floorFunctions = `
varying vec2 vFloor;
uniform vec4 court; uniform vec4 courtSize; uniform vec2 keySize; uniform vec2 focus;
uniform float ambient;
uniform vec3 floorColor; uniform vec3 gridColor; uniform vec3 woodColor; uniform vec3 keyColor;
uniform vec3 lineColor; uniform vec3 apronColor;
float stroke(float d, float w) {
  float a = fwidth(d) * 0.9;
  return 1.0 - smoothstep(w * 0.5 - a, w * 0.5 + a, abs(d));
}
float grid(vec2 p, float k, float w) {
  vec2 q = abs(fract(p / k - 0.5) - 0.5) * k;
  vec2 a = fwidth(p);
  vec2 l = 1.0 - smoothstep(vec2(w * 0.5) - a * 0.6, vec2(w * 0.5) + a, q);
  return max(l.x, l.y) * clamp(1.0 - max(a.x, a.y) * 6.0 / k, 0.0, 1.0);
}
float boxDistance(vec2 p, vec2 b) { vec2 d = abs(p) - b; return max(d.x, d.y); }
float hash(vec2 p) { return fract(sin(dot(p, vec2(12.9898, 78.233))) * 43758.5453); }
`

const floorColor = `
vec3 base;
if (courtSize.w > 0.5) {
  vec2 g = vFloor - court.xy;
  // c: origin under the rim, x into the court.
  vec2 c = vec2(dot(g, court.zw), dot(g, vec2(-court.w, court.z)));
  float px = max(fwidth(c.x), fwidth(c.y));
  float row = floor(c.y / 0.075);
  float board = floor((c.x + hash(vec2(row, 3.0)) * 1.9) / 1.9);
  float tone = hash(vec2(row, board));
  float near = clamp(1.0 - px * 9.0, 0.0, 1.0);
  float grain = hash(floor(vec2(c.x * 9.0, c.y * 160.0)));
  vec3 wood = woodColor * (1.0 + near * (0.2 * (tone - 0.5) + 0.07 * (grain - 0.5)));
  wood *= 1.0 - 0.16 * near * grid(vec2(0.5, c.y), 0.075, 0.003);
  float baseline = 1.575;
  vec2 halfCourt = vec2(courtSize.y, courtSize.x) * 0.5;
  float inside = boxDistance(c - vec2(halfCourt.x - baseline, 0.0), halfCourt);
  float corner = halfCourt.y - 0.9;
  float arc = length(c) - courtSize.z;
  float bend = sqrt(max(0.0, courtSize.z * courtSize.z - corner * corner));
  float three = c.x < bend ? abs(c.y) - corner : arc;
  vec2 keyHalf = vec2(keySize.y, keySize.x) * 0.5;
  float key = boxDistance(c - vec2(keyHalf.x - baseline, 0.0), keyHalf);
  float throwLine = keySize.y - baseline;
  base = mix(wood, wood * 0.74, step(0.0, three));
  base = mix(base, keyColor * (0.94 + 0.12 * tone * near), step(key, 0.0) * 0.9);
  float freeThrow = length(c - vec2(throwLine, 0.0)) - 1.8;
  base = mix(base, keyColor, step(freeThrow, 0.0) * step(throwLine, c.x) * 0.42);
  float centre = length(c - vec2(courtSize.y - baseline, 0.0)) - 1.8;
  base = mix(base, keyColor, step(centre, 0.0) * 0.9);
  float l = stroke(three, 0.05);
  l = max(l, stroke(key, 0.05));
  l = max(l, stroke(freeThrow, 0.05) * max(step(throwLine, c.x), step(0.5, fract(atan(freeThrow + 1.8, c.y) * 3.0))));
  l = max(l, stroke(length(c) - 1.25, 0.05) * step(0.0, c.x));
  l = max(l, stroke(centre, 0.05));
  l *= step(inside, 0.0);
  l = max(l, stroke(inside, 0.08));
  base = mix(base, lineColor, l * 0.92);
  base = mix(base, apronColor, smoothstep(0.04, 0.04 + px, inside));
} else {
  float g = max(grid(vFloor, 1.0, 0.014) * 0.42, grid(vFloor, 0.25, 0.006) * 0.14);
  base = mix(floorColor, gridColor, g);
}
float pool = 1.0 - smoothstep(2.0, 11.0, length(vFloor - focus));
// Far ground keeps its own light, or a dark band would part floor and sky.
float away = smoothstep(9.0, 16.0, length(vFloor - focus));
diffuseColor.rgb = base * mix(mix(ambient, 1.0, pool), 1.0, away);
`

/** A vertical gradient behind everything, in output colours: neither lit nor tone mapped, like fog. */
export function skyMaterial(colors: {
  sky: { value: Color }
  horizon: { value: Color }
}): Material {
  return new ShaderMaterial({
    depthWrite: false,
    depthTest: false,
    fog: false,
    toneMapped: false,
    uniforms: colors,
    vertexShader: `varying vec3 vDirection;
      void main() {
        vDirection = position;
        gl_Position = projectionMatrix * mat4(mat3(modelViewMatrix)) * vec4(position, 1.0);
      }`,
    fragmentShader: `varying vec3 vDirection; uniform vec3 sky; uniform vec3 horizon;
      void main() {
        float h = normalize(vDirection).z;
        vec3 c = mix(horizon, sky, smoothstep(0.0, 0.55, h));
        float dither = fract(sin(dot(gl_FragCoord.xy, vec2(12.9898, 78.233))) * 43758.5453) - 0.5;
        gl_FragColor = vec4(c + dither / 255.0, 1.0);
      }`,
  })
}

/** Soft dark discs on the ground; instances carry `strength`. */
export function blobMaterial(): ShaderMaterial {
  return new ShaderMaterial({
    transparent: true,
    depthWrite: false,
    polygonOffset: true,
    polygonOffsetFactor: -2,
    polygonOffsetUnits: -2,
    vertexShader: `attribute float strength; varying vec2 vAt; varying float vStrength;
      void main() {
        vAt = position.xy * 2.0; vStrength = strength;
        gl_Position = projectionMatrix * modelViewMatrix * instanceMatrix * vec4(position, 1.0);
      }`,
    fragmentShader: `varying vec2 vAt; varying float vStrength;
      void main() {
        float a = max(0.0, 1.0 - length(vAt));
        gl_FragColor = vec4(0.0, 0.0, 0.0, vStrength * a * a * (3.0 - 2.0 * a));
      }`,
  })
}

/** The net: lines that swing. `swing.xy`: sideways m at the bottom, `swing.z`: pinch 0…1. */
export function netMaterial(color: ColorRepresentation, swing: { value: Vector4 }): ShaderMaterial {
  return new ShaderMaterial({
    transparent: true,
    uniforms: { swing, color: { value: new Color(color) } },
    vertexShader: `attribute float depth; uniform vec4 swing;
      void main() {
        vec3 p = position;
        p.xy *= 1.0 - swing.z * 0.45 * depth;
        p.xy += swing.xy * depth * depth;
        p.z += swing.w * depth;
        gl_Position = projectionMatrix * modelViewMatrix * vec4(p, 1.0);
      }`,
    fragmentShader: `uniform vec3 color;
      void main() { gl_FragColor = vec4(color, 0.62); }`,
  })
}

/** The mark on the floor where a target is: rings and a soft column of light. */
export function targetMaterial(color: { value: Color }, phase: { value: number }): ShaderMaterial {
  return new ShaderMaterial({
    transparent: true,
    depthWrite: false,
    polygonOffset: true,
    polygonOffsetFactor: -3,
    polygonOffsetUnits: -3,
    uniforms: { color, phase },
    vertexShader: `varying vec2 vAt;
      void main() { vAt = position.xy; gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0); }`,
    fragmentShader: `varying vec2 vAt; uniform vec3 color; uniform float phase;
      float ring(float r, float at, float w) {
        float a = fwidth(r); return 1.0 - smoothstep(w - a, w + a, abs(r - at));
      }
      void main() {
        float r = length(vAt);
        float angle = atan(vAt.y, vAt.x);
        float dashes = smoothstep(0.2, 0.3, abs(fract(angle * 4.0 / 3.14159 + phase) - 0.5));
        float a = ring(r, 0.40, 0.010) * dashes + ring(r, 0.27, 0.012) + (1.0 - smoothstep(0.0, 0.05, r));
        a = max(a, 0.25 * (1.0 - smoothstep(0.0, 0.42, r)));
        if (a < 0.01) discard;
        gl_FragColor = vec4(color, min(1.0, a));
        #include <colorspace_fragment>
      }`,
  })
}
