import { type Bookmark, withBookmarks } from './bookmarks.ts'
import type { Live } from './live-interface.ts'
import type { TapeMessage } from './tape.ts'

/** Messages of a run as an `.mcap` file; what writes it is loaded when it is needed. */
export async function toFile(
  messages: readonly TapeMessage[],
  facts: { readonly demo?: string; readonly seed?: number },
): Promise<Blob> {
  const { createRecorder } = await import('@skillweave/recording')
  const parts: Uint8Array<ArrayBuffer>[] = []
  let position = 0n
  const recorder = await createRecorder(
    {
      write: async (bytes) => {
        parts.push(bytes.slice())
        position += BigInt(bytes.length)
      },
      position: () => position,
    },
    { program: 'skillweave page', ...facts },
  )
  for (const message of messages) await recorder.take(message)
  await recorder.end()
  return new Blob(parts, { type: 'application/octet-stream' })
}

/** Save what the tape holds, and the bookmarks of the page. */
export async function saveTape(live: Live, bookmarks: readonly Bookmark[]): Promise<void> {
  const { seed, scene } = live.state
  const blob = await toFile(withBookmarks(live.tape.read(), bookmarks), {
    ...(live.source.demo === undefined ? {} : { demo: live.source.demo }),
    ...(seed === null ? {} : { seed }),
  })
  download(blob, `${fileStem(scene?.title)}.mcap`)
}

/** arm-2026-11-25-13-04-05 */
export function fileStem(title = 'run'): string {
  const name = title.toLowerCase().replace(/[^a-z0-9]+/g, '-')
  return `${name}-${new Date().toISOString().slice(0, 19).replace(/[T:]/g, '-')}`
}

export function download(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

/** A film of a canvas, until it is ended. Null where the browser makes none. */
export function film(canvas: HTMLCanvasElement): { end(): Promise<Blob> } | null {
  const type = ['video/mp4;codecs=avc1.42E01F', 'video/webm;codecs=vp9', 'video/webm'].find(
    (t) => typeof MediaRecorder !== 'undefined' && MediaRecorder.isTypeSupported(t),
  )
  if (type === undefined) return null
  const recorder = new MediaRecorder(canvas.captureStream(60), {
    mimeType: type,
    videoBitsPerSecond: 12e6,
  })
  const parts: Blob[] = []
  recorder.ondataavailable = (e) => parts.push(e.data)
  recorder.start(1000)
  return {
    end: () =>
      new Promise((resolve) => {
        recorder.onstop = () => resolve(new Blob(parts, { type: type.split(';')[0] }))
        recorder.stop()
      }),
  }
}
