import type { Quat, Vec3 } from '@skillweave/math'
import { XMLParser, XMLValidator } from 'fast-xml-parser'

/** An element of a robot file. Text, comments and processing instructions are dropped. */
export interface XmlElement {
  readonly tag: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Line of the opening bracket, from 1. */
  readonly line: number
}

/** Parse a file whose root element is `root`. Throws with the line of what is wrong. */
export function readXml(xml: string, root: string): XmlElement {
  // The parser normalises line ends, and its offsets are into the normalised text.
  const text = xml.replace(/\r\n?/g, '\n')
  const valid = XMLValidator.validate(text)
  if (valid !== true) throw new Error(`line ${valid.err.line}: not well-formed: ${valid.err.msg}`)
  const lineStarts = [0]
  for (let i = 0; i < text.length; i++) if (text[i] === '\n') lineStarts.push(i + 1)
  const nodes: unknown = parser.parse(text)
  const elements = (nodes as RawNode[]).flatMap((n) => elementOf(n, lineStarts))
  const found = elements[0]
  if (found?.tag === root) return found
  throw new Error(`expected a <${root}> file, found ${found ? `<${found.tag}>` : 'no element'}`)
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  parseTagValue: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  captureMetaData: true,
})
const metaData = XMLParser.getMetaDataSymbol() as unknown as symbol

/** The parser's ordered form: one key that is the tag, `:@` for attributes, a symbol for offsets. */
type RawNode = { [key: string | symbol]: unknown }

function elementOf(node: RawNode, lineStarts: readonly number[]): XmlElement[] {
  const tag = Object.keys(node).find((key) => key !== ':@')
  if (tag === undefined || tag.startsWith('#')) return []
  const offset = (node[metaData] as { startIndex?: number } | undefined)?.startIndex ?? 0
  return [
    {
      tag,
      attributes: (node[':@'] ?? {}) as Record<string, string>,
      children: (node[tag] as RawNode[]).flatMap((child) => elementOf(child, lineStarts)),
      line: lineAt(lineStarts, offset),
    },
  ]
}

function lineAt(lineStarts: readonly number[], offset: number): number {
  let low = 0
  let high = lineStarts.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (lineStarts[middle] <= offset) low = middle
    else high = middle
  }
  return low + 1
}

/** `line 12, <joint name="knee">`: how errors and notices say where. */
export function whereIs(element: XmlElement): string {
  const name = element.attributes.name
  return `line ${element.line}, <${element.tag}${name === undefined ? '' : ` name="${name}"`}>`
}

/** An error about an element. */
export const xmlError = (element: XmlElement, message: string): Error =>
  new Error(`${whereIs(element)}: ${message}`)

/** An attribute that must be there. */
export function attribute(element: XmlElement, name: string): string {
  const value = element.attributes[name]
  if (value === undefined) throw xmlError(element, `it has no ${name}="…"`)
  return value
}

/** `count` numbers (or any number of them), or undefined when the attribute is absent. */
export function numbers(element: XmlElement, name: string, count?: number): number[] | undefined {
  const text = element.attributes[name]
  if (text === undefined) return undefined
  const values = text.trim().split(/\s+/).map(Number)
  if (text.trim() === '' || !values.every(Number.isFinite)) {
    throw xmlError(element, `${name}="${text}" is not a list of finite numbers`)
  }
  if (count !== undefined && values.length !== count) {
    throw xmlError(element, `${name}="${text}" has ${values.length} numbers; it needs ${count}`)
  }
  return values
}

/** One number; `fallback` when absent, an error when absent and there is none. */
export function numberOf(element: XmlElement, name: string, fallback?: number): number {
  const values = numbers(element, name, 1)
  if (values) return values[0]
  if (fallback === undefined) throw xmlError(element, `it has no ${name}="…"`)
  return fallback
}

export function vec3Of(element: XmlElement, name: string, fallback: Vec3): Vec3 {
  const v = numbers(element, name, 3)
  return v ? [v[0], v[1], v[2]] : fallback
}

/** The only child with this tag, undefined when there is none; two are an error. */
export function onlyChild(element: XmlElement, tag: string): XmlElement | undefined {
  const found = element.children.filter((c) => c.tag === tag)
  if (found.length > 1) throw xmlError(found[1], `a second <${tag}> in ${whereIs(element)}`)
  return found[0]
}

/** Throws for a child or attribute that is in neither list. */
export function expectOnly(
  element: XmlElement,
  known: { readonly children: readonly string[]; readonly attributes?: readonly string[] },
): void {
  for (const child of element.children) {
    if (!known.children.includes(child.tag)) {
      throw xmlError(
        child,
        `not understood inside <${element.tag}>, and it could change the physics`,
      )
    }
  }
  if (!known.attributes) return
  for (const name of Object.keys(element.attributes)) {
    if (!known.attributes.includes(name)) {
      throw xmlError(element, `attribute ${name}="${element.attributes[name]}" is not understood`)
    }
  }
}

/** A rigid placement: rotate by `quat`, then move by `pos`. */
export interface Placement {
  readonly pos: Vec3
  readonly quat: Quat
}
