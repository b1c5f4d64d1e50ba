/** Rows of numbers under a line of names, as RFC 4180 has it. What is no number is an empty cell. */
export function csvOf(names: readonly string[], rows: readonly (readonly number[])[]): string {
  const quoted = (name: string): string =>
    /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name
  const cell = (x: number): string => (Number.isFinite(x) ? String(x) : '')
  return `${[names.map(quoted), ...rows.map((row) => row.map(cell))].map((line) => line.join(',')).join('\r\n')}\r\n`
}
