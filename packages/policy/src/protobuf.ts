import { decodeUtf8, encodeUtf8 } from './utf8.ts'

/** The part of the protobuf wire format that ONNX files use: varint, 32 bit, 64 bit, length-delimited. */

/** Appends protobuf fields to a growing buffer. Fields are written in call order. */
export class ProtoWriter {
  #bytes = new Uint8Array(256)
  #length = 0

  /** A non-negative or negative integer as int64 varint. */
  int(field: number, value: number | bigint): this {
    this.#tag(field, 0)
    this.#varint(BigInt.asUintN(64, BigInt(value)))
    return this
  }

  float(field: number, value: number): this {
    this.#tag(field, 5)
    this.#reserve(4)
    new DataView(this.#bytes.buffer).setFloat32(this.#length, value, true)
    this.#length += 4
    return this
  }

  string(field: number, value: string): this {
    return this.bytes(field, encodeUtf8(value))
  }

  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, 2)
    this.#varint(BigInt(value.length))
    this.#reserve(value.length)
    this.#bytes.set(value, this.#length)
    this.#length += value.length
    return this
  }

  /** A nested message. */
  message(field: number, write: (inner: ProtoWriter) => void): this {
    const inner = new ProtoWriter()
    write(inner)
    return this.bytes(field, inner.finish())
  }

  /** What was written so far; a view that the next write may replace. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #tag(field: number, wire: number): void {
    this.#varint(BigInt((field << 3) | wire))
  }

  #varint(value: bigint): void {
    this.#reserve(10)
    let rest = value
    while (rest > 127n) {
      this.#bytes[this.#length++] = Number(rest & 127n) | 128
      rest >>= 7n
    }
    this.#bytes[this.#length++] = Number(rest)
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.#length + count, 2 * this.#bytes.length))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}

/**
 * Reads the fields of one protobuf message, in file order:
 * `while (cursor.next()) switch (cursor.field) { case 1: … default: cursor.skip() }`.
 * Every error names the byte and the message path.
 */
export class ProtoCursor {
  field = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #end: number
  readonly #path: string
  #pos: number
  #wire = 0

  constructor(bytes: Uint8Array, path: string, start = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#pos = start
    this.#end = end
    this.#path = path
  }

  /** Move to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#pos >= this.#end) return false
    const tag = Number(this.#varint())
    this.field = Math.floor(tag / 8)
    this.#wire = tag & 7
    if (this.field === 0) this.#fail('field number 0, which protobuf does not allow')
    return true
  }

  /** The field as a signed 64-bit integer. */
  bigint(name: string): bigint {
    this.#expect(0, name)
    return BigInt.asIntN(64, this.#varint())
  }

  int(name: string): number {
    return Number(this.bigint(name))
  }

  float(name: string): number {
    this.#expect(5, name)
    this.#need(4, name)
    this.#pos += 4
    return this.#view.getFloat32(this.#pos - 4, true)
  }

  /** A view of a length-delimited field. */
  bytes(name: string): Uint8Array {
    this.#expect(2, name)
    const length = Number(this.#varint())
    this.#need(length, name)
    this.#pos += length
    return this.#bytes.subarray(this.#pos - length, this.#pos)
  }

  string(name: string): string {
    const start = this.#pos
    return decodeUtf8(this.bytes(name)) ?? this.#fail(`${name} is not valid UTF-8`, start)
  }

  message(name: string): ProtoCursor {
    const length = this.bytes(name).length
    return new ProtoCursor(this.#bytes, `${this.#path}.${name}`, this.#pos - length, this.#pos)
  }

  /** A repeated integer, packed or one at a time; appends to `out`. */
  ints(name: string, out: bigint[]): void {
    if (this.#wire === 0) {
      out.push(this.bigint(name))
      return
    }
    const packed = this.message(name)
    while (packed.#pos < packed.#end) out.push(BigInt.asIntN(64, packed.#varint()))
  }

  /** A repeated float, packed or one at a time; appends to `out`. */
  floats(name: string, out: number[]): void {
    if (this.#wire === 5) {
      out.push(this.float(name))
      return
    }
    const packed = this.message(name)
    while (packed.#pos < packed.#end) {
      packed.#need(4, name)
      out.push(packed.#view.getFloat32(packed.#pos, true))
      packed.#pos += 4
    }
  }

  skip(): void {
    if (this.#wire === 0) this.#varint()
    else if (this.#wire === 1) this.#advance(8)
    else if (this.#wire === 5) this.#advance(4)
    else if (this.#wire === 2) this.#advance(Number(this.#varint()))
    else this.#fail(`field ${this.field} has wire type ${this.#wire}, expected 0, 1, 2 or 5`)
  }

  #advance(count: number): void {
    this.#need(count, `field ${this.field}`)
    this.#pos += count
  }

  #varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (this.#pos >= this.#end) this.#fail('the message ends inside a number')
      const byte = this.#bytes[this.#pos++]
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
    return this.#fail('a number is longer than 10 bytes')
  }

  #expect(wire: number, name: string): void {
    if (this.#wire !== wire) {
      this.#fail(`${name} has wire type ${this.#wire}, expected ${wire}`)
    }
  }

  #need(count: number, name: string): void {
    const left = this.#end - this.#pos
    if (count > left) this.#fail(`${name} needs ${count} bytes, ${left} are left`)
  }

  #fail(message: string, at = this.#pos): never {
    throw new Error(`${this.#path}, byte ${at}: ${message}`)
  }
}
