/** Curves of a run as one SVG picture: a small chart per metric against samples. */
export interface Curves {
  add(samples: number, metrics: Readonly<Record<string, number>>): void
  /** The picture so far. */
  svg(title: string): string
}

const chart = { width: 280, height: 130, columns: 4 } as const
const pad = { left: 44, right: 10, top: 24, bottom: 20 } as const
/** Points drawn per curve; more are averaged away. */
const pointsMax = 200

export function createCurves(): Curves {
  const samples: number[] = []
  const values = new Map<string, number[]>()
  return {
    add: (n, metrics) => {
      for (const [name, value] of Object.entries(metrics)) {
        if (!Number.isFinite(value)) continue
        let list = values.get(name)
        if (!list) {
          list = new Array<number>(samples.length).fill(Number.NaN)
          values.set(name, list)
        }
        list.push(value)
      }
      samples.push(n)
      for (const list of values.values()) if (list.length < samples.length) list.push(Number.NaN)
    },
    svg: (title) => {
      const names = [...values.keys()]
      const rows = Math.ceil(names.length / chart.columns)
      const width = chart.columns * chart.width
      const height = 30 + rows * chart.height
      const charts = names.map((name, i) => {
        const x = (i % chart.columns) * chart.width
        const y = 30 + Math.floor(i / chart.columns) * chart.height
        return `<g transform="translate(${x},${y})">${draw(name, samples, values.get(name) ?? [])}</g>`
      })
      return [
        `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="11">`,
        '<rect width="100%" height="100%" fill="#fff"/>',
        `<text x="10" y="20" font-size="14" font-weight="600">${escapeText(title)}</text>`,
        ...charts,
        '</svg>\n',
      ].join('\n')
    },
  }
}

function draw(name: string, xs: readonly number[], ys: readonly number[]): string {
  const points = thin(xs, ys)
  if (points.length === 0) return ''
  const lowest = Math.min(...points.map((p) => p[1]))
  const highest = Math.max(...points.map((p) => p[1]))
  const span = highest - lowest || 1
  const last = points[points.length - 1]
  const w = chart.width - pad.left - pad.right
  const h = chart.height - pad.top - pad.bottom
  const at = ([x, y]: readonly [number, number]) =>
    `${(pad.left + (w * x) / (last[0] || 1)).toFixed(1)},${(pad.top + h * (1 - (y - lowest) / span)).toFixed(1)}`
  const number = (v: number) => String(Number(v.toPrecision(3)))
  return [
    `<text x="${pad.left}" y="16" font-weight="600">${escapeText(name)}</text>`,
    `<text x="${chart.width - pad.right}" y="16" text-anchor="end" fill="#4f5a67">${number(last[1])}</text>`,
    `<text x="${pad.left - 4}" y="${pad.top + 8}" text-anchor="end" fill="#4f5a67">${number(highest)}</text>`,
    `<text x="${pad.left - 4}" y="${pad.top + h}" text-anchor="end" fill="#4f5a67">${number(lowest)}</text>`,
    `<path d="M${pad.left},${pad.top}v${h}h${w}" fill="none" stroke="#c9ced6"/>`,
    `<text x="${chart.width - pad.right}" y="${chart.height - 6}" text-anchor="end" fill="#4f5a67">${(last[0] / 1e6).toFixed(2)} M samples</text>`,
    `<polyline points="${points.map(at).join(' ')}" fill="none" stroke="#0b6ba8" stroke-width="1.5"/>`,
  ].join('')
}

/** At most `pointsMax` points, each the mean of its neighbours; gaps are left out. */
function thin(xs: readonly number[], ys: readonly number[]): [number, number][] {
  const size = Math.max(1, Math.ceil(xs.length / pointsMax))
  const out: [number, number][] = []
  for (let i = 0; i < xs.length; i += size) {
    let sum = 0
    let n = 0
    const end = Math.min(xs.length, i + size)
    for (let k = i; k < end; k++) {
      if (Number.isNaN(ys[k])) continue
      sum += ys[k]
      n++
    }
    if (n > 0) out.push([xs[end - 1], sum / n])
  }
  return out
}

const escapeText = (s: string) =>
  s.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c] ?? c)
