import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import {
  createDecoder,
  createEncoder,
  createFrame,
  decodeControl,
  encodeAck,
  encodeBeat,
  encodeMessage,
  layoutHash,
  parseClientMessage,
  parseHubMessage,
  sha256Hex,
} from '@skillweave/protocol'
import { describe, expect, it } from 'vitest'
import { allCases, type Case, type Expectation } from './cases.ts'

const folder = new URL('./fixtures/', import.meta.url)
const indexFile = new URL('index.json', folder)
const binOf = (name: string): URL => new URL(`${name}.bin`, folder)
const jsonOf = (name: string): URL => new URL(`${name}.json`, folder)

/**
 * Write fixtures that do not exist yet: `WRITE_FIXTURES=1 npx vitest run tests/protocol`, then
 * `npx biome format --write tests/protocol`. Old ones are never touched.
 */
function writeMissing(): void {
  for (const c of allCases()) {
    if (existsSync(binOf(c.name))) continue
    writeFileSync(binOf(c.name), c.bytes)
    writeFileSync(jsonOf(c.name), `${JSON.stringify(withValues(c), null, 1)}\n`)
  }
  const index = Object.fromEntries(names().map((name) => [name, hashOf(name)]))
  writeFileSync(indexFile, `${JSON.stringify(index, null, 1)}\n`)
}

/** Data fixtures hold the values as decoded, so that quantisation has happened already. */
function withValues({ bytes, json }: Case): Expectation {
  if (json.form !== 'data' || !json.values) return json
  const frame = createFrame(json.declaration)
  createDecoder(json.declaration).decode(bytes, frame)
  const values = Object.fromEntries(Object.entries(frame.values).map(([k, v]) => [k, [...v]]))
  return { ...json, values }
}

const names = (): string[] =>
  readdirSync(folder)
    .filter((f) => f.endsWith('.bin'))
    .map((f) => f.slice(0, -4))
    .sort()

/** Of bytes and meaning, whatever the white space of the JSON. */
const hashOf = (name: string): string => {
  const { bytes, json } = load(name)
  return sha256Hex(`${Buffer.from(bytes).toString('hex')} ${JSON.stringify(json)}`)
}

const load = (name: string): { bytes: Uint8Array<ArrayBuffer>; json: Expectation } => ({
  bytes: new Uint8Array(readFileSync(binOf(name))),
  json: JSON.parse(readFileSync(jsonOf(name), 'utf8')),
})

if (process.env.WRITE_FIXTURES) writeMissing()

describe('fixtures', () => {
  it('exist for every case, and old ones have not been edited', () => {
    const have = names()
    expect(
      allCases()
        .filter((c) => !have.includes(c.name))
        .map((c) => c.name),
    ).toEqual([])
    const index = JSON.parse(readFileSync(indexFile, 'utf8'))
    expect(Object.fromEntries(have.map((name) => [name, hashOf(name)]))).toEqual(index)
  })

  it.each(names())('%s reads and writes as its description says', (name) => {
    const { bytes, json } = load(name)
    if (json.form === 'text') checkText(bytes, json)
    else if (json.form === 'control') checkControl(bytes, json)
    else checkData(bytes, json)
  })
})

function checkText(bytes: Uint8Array, json: Expectation & { form: 'text' }): void {
  const text = new TextDecoder().decode(bytes)
  const parsed = json.way === 'C→H' ? parseClientMessage(text) : parseHubMessage(text)
  expect(parsed.ok ? 'accept' : `reject:${parsed.reason}`).toBe(json.verdict)
  if (!parsed.ok) return
  expect(parsed.value).toEqual(json.message)
  expect(encodeMessage(json.message as Parameters<typeof encodeMessage>[0])).toBe(text)
}

function checkControl(bytes: Uint8Array, json: Expectation & { form: 'control' }): void {
  const decoded = decodeControl(bytes)
  expect(decoded.ok ? 'accept' : 'reject:garbage').toBe(json.verdict)
  if (!decoded.ok) return
  expect(decoded.value).toEqual(json.fields)
  if (decoded.value.kind === 'beat') expect(encodeBeat(decoded.value.beat)).toEqual(bytes)
  if (decoded.value.kind === 'ack') {
    const time_s = new DataView(bytes.buffer).getFloat64(8, true)
    expect(encodeAck({ ...decoded.value, time_s })).toEqual(bytes)
  }
}

function checkData(bytes: Uint8Array, json: Expectation & { form: 'data' }): void {
  const { declaration, header, values } = json
  expect(layoutHash(declaration)).toBe(declaration.hash)
  const frame = createFrame(declaration)
  const refusal = createDecoder(declaration).decode(bytes, frame)
  expect(refusal === null ? 'accept' : `reject:${refusal.reason}`).toBe(json.verdict)
  if (refusal || !header || !values) return
  expect(frame).toMatchObject(header)
  for (const [name, list] of Object.entries(values))
    expect([...frame.values[name]], name).toEqual(list)
  const encoder = createEncoder(declaration)
  for (const [name, list] of Object.entries(values)) encoder.values[name].set(list)
  expect(encoder.encode(header.time_s, header.flags)).toEqual(bytes)
}
