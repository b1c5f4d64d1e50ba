/** How far the joints' paths in two engines are apart, as time goes on. */
export interface DivergencePicture {
  readonly title: string
  readonly engines: readonly [string, string]
  readonly duration_s: number
  readonly joints: readonly JointDivergence[]
}

export interface JointDivergence {
  readonly name: string
  /** Root mean square over the episodes at each step, rad or m. */
  readonly rms: ArrayLike<number>
  /** The same over all steps. */
  readonly rmsAll: number
}

const width = 900
const row = 26
const nameWidth = 210
const curveWidth = 420
const margin = { top: 74, bottom: 40 } as const
const barAt = nameWidth + curveWidth + 30
const barWidth = width - barAt - 70

/**
 * One row per joint, the furthest apart on top: its divergence over time, all rows on one scale, and a bar of its mean.
 * A text of SVG, the same for the same numbers.
 */
export function divergencePicture(picture: DivergencePicture): string {
  const { engines, duration_s } = picture
  const joints = [...picture.joints].sort((a, b) => b.rmsAll - a.rmsAll)
  const most = Math.max(1e-9, ...joints.map((j) => max(j.rms)))
  const mostAll = Math.max(1e-9, ...joints.map((j) => j.rmsAll))
  const height = margin.top + row * joints.length + margin.bottom
  const bottom = margin.top + row * joints.length
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#334155">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="16" y="26" font-size="16" fill="#0f172a">${plainText(picture.title)}</text>`,
    `<text x="16" y="46">joint paths in ${plainText(engines[0])} and ${plainText(engines[1])} from the same starts: rms difference over all episodes</text>`,
    `<text x="${nameWidth}" y="66">over time, each row up to ${number(most)} rad</text>`,
    `<text x="${barAt}" y="66">over the whole window, rad</text>`,
    ...joints.flatMap((joint, i) => jointRow(joint, margin.top + row * i, { most, mostAll })),
    `<text x="${nameWidth}" y="${bottom + 18}" text-anchor="middle">0 s</text>`,
    `<text x="${nameWidth + curveWidth}" y="${bottom + 18}" text-anchor="middle">${number(duration_s)} s</text>`,
    '</svg>',
    '',
  ].join('\n')
}

function jointRow(
  { name, rms, rmsAll }: JointDivergence,
  top: number,
  { most, mostAll }: { readonly most: number; readonly mostAll: number },
): string[] {
  const base = top + row - 4
  const points = Array.from(rms as ArrayLike<number>, (value, i) => {
    const x = nameWidth + (curveWidth * i) / Math.max(1, rms.length - 1)
    return `${x.toFixed(1)},${(base - (row - 6) * (value / most)).toFixed(1)}`
  })
  const bar = (barWidth * rmsAll) / mostAll
  const last = nameWidth + curveWidth
  return [
    `<text x="16" y="${base - 4}">${plainText(name)}</text>`,
    `<line x1="${nameWidth}" y1="${base}" x2="${last}" y2="${base}" stroke="#e2e8f0"/>`,
    `<polygon points="${nameWidth},${base} ${points.join(' ')} ${last},${base}" fill="#0f766e" fill-opacity="0.2"/>`,
    `<polyline points="${points.join(' ')}" fill="none" stroke="#0f766e" stroke-width="1.5"/>`,
    `<rect x="${barAt}" y="${base - 13}" width="${bar.toFixed(1)}" height="11" fill="#0f766e"/>`,
    `<text x="${(barAt + bar + 6).toFixed(1)}" y="${base - 4}">${rmsAll.toFixed(4)}</text>`,
  ]
}

const max = (list: ArrayLike<number>): number => {
  let most = 0
  for (let i = 0; i < list.length; i++) most = Math.max(most, list[i])
  return most
}

const number = (x: number): string => String(Number(x.toPrecision(3)))

const plainText = (text: string): string => text.replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`)
