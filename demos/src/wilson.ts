/** Wilson score interval of a proportion at 95 %. */
export function wilson(
  successes: number,
  n: number,
): { success: number; low: number; high: number } {
  if (n === 0) return { success: 0, low: 0, high: 1 }
  const z = 1.96
  const p = successes / n
  const centre = p + (z * z) / (2 * n)
  const half = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))
  const scale = 1 + (z * z) / n
  return { success: p, low: (centre - half) / scale, high: (centre + half) / scale }
}
