/**
 * A progress line that rewrites itself on a terminal and becomes an occasional plain line elsewhere.
 */
export function createProgress(stream: NodeJS.WriteStream): {
  update(text: string): void
  done(text?: string): void
} {
  let last = 0
  return {
    update: (text) => {
      if (stream.isTTY) {
        stream.write(`\r\x1b[2K${text.slice(0, (stream.columns || 120) - 1)}`)
      } else if (performance.now() - last > 15_000) {
        last = performance.now()
        stream.write(`${text}\n`)
      }
    },
    done: (text) => {
      if (stream.isTTY) stream.write('\r\x1b[2K')
      if (text) stream.write(`${text}\n`)
    },
  }
}

/** 75 → "1:15", 3725 → "1:02:05" */
export function clock(seconds: number): string {
  const s = Math.max(0, Math.round(seconds))
  const two = (n: number) => String(n).padStart(2, '0')
  const minutes = Math.floor(s / 60) % 60
  const hours = Math.floor(s / 3600)
  return hours > 0 ? `${hours}:${two(minutes)}:${two(s % 60)}` : `${minutes}:${two(s % 60)}`
}

/** 1234567 → "1.23 M" */
export function count(n: number): string {
  return n >= 1e6 ? `${(n / 1e6).toFixed(2)} M` : n >= 1e3 ? `${(n / 1e3).toFixed(0)} k` : String(n)
}
