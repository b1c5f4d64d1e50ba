import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closeStreams, openServer } from '../../support/streams.ts'

let dir = ''

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'page-'))
  mkdirSync(join(dir, 'site', 'assets'), { recursive: true })
  writeFileSync(join(dir, 'secret.txt'), 'secret')
  writeFileSync(join(dir, 'site', 'index.html'), '<!doctype html>page')
  writeFileSync(join(dir, 'site', 'assets', 'main-D3adBeef.js'), 'export {}')
  writeFileSync(join(dir, 'site', 'key.pem'), 'private')
  symlinkSync(join(dir, 'secret.txt'), join(dir, 'site', 'link.txt'))
})

afterEach(async () => {
  await closeStreams()
  rmSync(dir, { recursive: true })
})

interface Answer {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** Unlike `fetch`, sends the path as it is. */
const get = (
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const r = request({ host: '127.0.0.1', port, path, headers, method }, (response) => {
      let body = ''
      response.on('data', (d) => {
        body += d
      })
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body }),
      )
    })
    r.on('error', reject)
    r.end()
  })

describe('the page', () => {
  it('is served with its type and a strict content policy', async () => {
    const { port } = await openServer({ staticDir: join(dir, 'site') })
    const page = await get(port, '/')
    expect(page).toMatchObject({ status: 200, body: '<!doctype html>page' })
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['x-content-type-options']).toBe('nosniff')
    const policy = String(page.headers['content-security-policy'])
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval';")
    const script = await get(port, '/assets/main-D3adBeef.js?v=1')
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect(script.headers['cache-control']).toContain('immutable')
    expect((await get(port, '/', {}, 'HEAD')).body).toBe('')
    expect((await get(port, '/', {}, 'POST')).status).toBe(405)
  })

  it('has no way out of its folder', async () => {
    const { port } = await openServer({ staticDir: join(dir, 'site') })
    for (const path of [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '//secret.txt',
      '/link.txt',
      '/key.pem',
      '/assets',
      '/__proto__',
    ]) {
      expect((await get(port, path)).status, path).toBe(404)
    }
  })

  it('is not given to requests for another host, as from a rebound name', async () => {
    const { port } = await openServer({ staticDir: join(dir, 'site') })
    const answer = await get(port, '/', { host: `evil.example:${port}` })
    expect(answer.status).toBe(421)
    expect(answer.body).not.toContain('page')
  })

  it('must exist when a folder is given', async () => {
    await expect(openServer({ staticDir: join(dir, 'site', 'assets') })).rejects.toThrow(
      'has no index.html; build the page first',
    )
  })
})
