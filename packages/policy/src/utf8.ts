/** UTF-8 by hand: the encoders of Node and browsers are not part of the language. */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = []
  for (const char of text) {
    const c = char.codePointAt(0) as number
    if (c < 0x80) bytes.push(c)
    else if (c < 0x800) bytes.push(0xc0 | (c >> 6), 0x80 | (c & 63))
    else if (c < 0x10000) bytes.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63))
    else {
      const low = [(c >> 12) & 63, (c >> 6) & 63, c & 63].map((x) => 0x80 | x)
      bytes.push(0xf0 | (c >> 18), ...low)
    }
  }
  return Uint8Array.from(bytes)
}

/** Text of UTF-8 bytes, or undefined when they are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  let text = ''
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i]
    const extra = first < 0x80 ? 0 : first < 0xc2 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3
    if (extra < 0 || first > 0xf4 || i + extra >= bytes.length) return undefined
    let code = extra === 0 ? first : first & (0x3f >> extra)
    for (let k = 1; k <= extra; k++) {
      if ((bytes[i + k] & 0xc0) !== 0x80) return undefined
      code = (code << 6) | (bytes[i + k] & 63)
    }
    if (code > 0x10ffff) return undefined
    text += String.fromCodePoint(code)
    i += extra + 1
  }
  return text
}
