import { readFileSync } from 'node:fs'
import {
  callErrorCodes,
  closeCodes,
  eventNames,
  kinds,
  methods,
  ops,
  reservedMethods,
  units,
} from '@skillweave/protocol'
import { describe, expect, it } from 'vitest'

const page = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8')

/** Rows of the table whose header line starts with `| first |`, as trimmed cells without back-ticks. */
function table(...header: string[]): string[][] {
  const lines = page.split('\n')
  const start = lines.findIndex((l) => l.startsWith(`| ${header.join(' | ')} |`))
  expect(start, `a table with the columns ${header.join(', ')}`).toBeGreaterThan(0)
  const rows: string[][] = []
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break
    rows.push(
      line
        .split('|')
        .slice(1, -1)
        .map((c) => c.trim().replaceAll('`', '')),
    )
  }
  return rows
}

describe('docs/protocol.md and the code say the same about', () => {
  it('ops', () => {
    const rows = table('op', 'way', 'status').map(([op, way, status]) => [op, { way, status }])
    expect(Object.fromEntries(rows)).toEqual(ops)
  })

  it('methods', () => {
    const rows = table('method', 'role', 'status')
    const now = rows.filter((r) => r[2] === 'now').map(([method, role]) => [method, role])
    expect(now).toEqual(Object.entries(methods).map(([method, { role }]) => [method, role]))
    const reserved = rows.filter((r) => r[2] === 'reserved').map(([method, role]) => [method, role])
    expect(reserved).toEqual(Object.entries(reservedMethods))
  })

  it('events', () => {
    expect(table('name', 'data').map(([name]) => name)).toEqual(eventNames)
  })

  it('kinds', () => {
    const rows = table('kind', 'name', 'way', 'status').map(([code, name, , status]) => [
      name,
      { code: Number(code), status },
    ])
    expect(Object.fromEntries(rows)).toEqual(kinds)
  })

  it('close codes, error codes and units', () => {
    expect(
      Object.fromEntries(table('code', 'name').map(([code, name]) => [name, Number(code)])),
    ).toEqual(closeCodes)
    for (const code of callErrorCodes) expect(page).toContain(`\`${code}\``)
    expect(page).toContain(`\`${units.join(' ')}\``)
  })
})
