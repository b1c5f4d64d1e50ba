import { createReadStream, readdirSync, statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join, relative, sep } from 'node:path'

/** Files a page consists of, by what a browser is told they are. Anything else is not served. */
const mimeTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json',
  wasm: 'application/wasm',
  onnx: 'application/octet-stream',
  bin: 'application/octet-stream',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  webp: 'image/webp',
  ico: 'image/x-icon',
  woff2: 'font/woff2',
  txt: 'text/plain; charset=utf-8',
}

const filesMax = 4096

/** The files of a folder, found once. A request is a look-up here, so no path of a request ever reaches the disk. */
export interface StaticFiles {
  /** Answer a GET or HEAD. False if there is no such file. */
  serve(path: string, request: IncomingMessage, response: ServerResponse): boolean
}

/** Read a folder's list of files. Links are skipped. Throws if the folder has no index.html. */
export function loadStaticFiles(dir: string): StaticFiles {
  const files = new Map<string, { readonly path: string; readonly type: string }>()
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const type = mimeTypes[entry.name.split('.').at(-1) ?? '']
    if (!entry.isFile() || type === undefined) continue
    const path = join(entry.parentPath, entry.name)
    files.set(`/${relative(dir, path).split(sep).join('/')}`, { path, type })
    if (files.size > filesMax)
      throw new Error(`${dir} has more than ${filesMax} files; is it the right folder?`)
  }
  const index = files.get('/index.html')
  if (!index) throw new Error(`${dir} has no index.html; build the page first`)
  files.set('/', index)
  return {
    serve(path, request, response) {
      const file = files.get(path)
      if (!file) return false
      // Built assets carry a hash in their names, so they never change.
      const isHashed = /-[\w-]{8,}\.\w+$/.test(path)
      response.setHeader('Content-Type', file.type)
      response.setHeader(
        'Cache-Control',
        isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      )
      const stat = statSync(file.path, { throwIfNoEntry: false })
      if (!stat?.isFile()) return false
      response.setHeader('Content-Length', stat.size)
      response.writeHead(200)
      if (request.method === 'HEAD') response.end()
      else
        createReadStream(file.path)
          .on('error', () => response.destroy())
          .pipe(response)
      return true
    },
  }
}
