import { createHash } from 'node:crypto'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type PolicyFile, savePolicy, shippedFolder, shippedNames } from './policy-files.ts'

/** `demos/web`, from `demos/src` and from `demos/dist` alike. */
const webDir = fileURLToPath(new URL('../web/', import.meta.url))
const repository = join(webDir, '..', '..')
const pageDir = join(webDir, 'dist', 'page')
const stampFile = join(webDir, 'dist', 'page.sha256')

/** Everything the page is made of: its own sources, those of demos that run in a tab, and their policies. */
const sources = [
  join(webDir, 'index.html'),
  join(webDir, 'vite.config.ts'),
  join(webDir, 'src'),
  join(webDir, '..', 'src', 'demos'),
  join(webDir, '..', 'src', 'live'),
  join(webDir, '..', 'src', 'skill-sets.ts'),
  join(webDir, '..', 'src', 'humanoid-controllers.ts'),
  join(webDir, '..', 'src', 'policy-names.ts'),
  join(webDir, '..', 'policies'),
  ...readdirSync(join(repository, 'packages')).map((p) => join(repository, 'packages', p, 'src')),
  join(repository, 'sim', 'src'),
  join(repository, 'controllers', 'src'),
  join(repository, 'pnpm-lock.yaml'),
]

/**
 * The folder with the built page. Builds only when a source has changed since the last time, and says
 * so in one line on stderr. Rejects with Vite's message when the page does not build.
 */
export async function buildWeb(): Promise<string> {
  const stamp = sourceHash()
  if (readIfThere(stampFile) === stamp) return pageDir
  const started = performance.now()
  // Loading Vite takes a second; a page that is up to date does not need it.
  const { build } = await import('vite')
  await build({ configFile: join(webDir, 'vite.config.ts'), root: webDir, logLevel: 'error' })
  copyPolicies(join(pageDir, 'policies'))
  mkdirSync(join(webDir, 'dist'), { recursive: true })
  writeFileSync(stampFile, stamp)
  const took_s = (performance.now() - started) / 1000
  process.stderr.write(`page built in ${took_s.toFixed(1)} s\n`)
  return pageDir
}

/**
 * The folder with the site that needs no server: the page, a start page with every demo, and the
 * policies they need. Any static host serves it, from any path.
 */
export async function buildSite(
  demos: Readonly<Record<string, SiteDemo>>,
  options: {
    readonly folder?: string
    /** On top of the shipped ones, under these names. */
    readonly extra?: Readonly<Record<string, PolicyFile>>
  } = {},
): Promise<string> {
  const { folder = join(webDir, 'dist', 'site'), extra = {} } = options
  const page = await buildWeb()
  rmSync(folder, { recursive: true, force: true })
  cpSync(page, folder, { recursive: true })
  const index = join(folder, 'index.html')
  const html = readFileSync(index, 'utf8')
  const atHome = html.replace('data-home="server"', 'data-home="start"')
  if (atHome === html) throw new Error(`${index} does not say where its home is`)
  writeFileSync(index, atHome)
  for (const [name, { onnx, manifest }] of Object.entries(extra)) {
    savePolicy(join(folder, 'policies'), name, onnx, manifest)
  }
  const present = [...shippedNames(), ...Object.keys(extra)]
  const cards = Object.entries(demos).map(([name, { title, description, hint, policies }]) => {
    const picture = `pictures/${name}.png`
    const source = join(repository, 'docs', 'images', `${name}-card.png`)
    if (existsSync(source)) cpSync(source, join(folder, picture))
    return {
      name,
      title,
      description,
      hint,
      missing: policies.filter((p) => !present.includes(p)),
      picture: existsSync(source) ? `./${picture}` : null,
    }
  })
  writeFileSync(join(folder, 'demos.json'), `${JSON.stringify(cards, null, 2)}\n`)
  return folder
}

/** What a card of the start page says. */
interface SiteDemo {
  readonly title: string
  readonly description: string
  readonly hint: string
  readonly policies: readonly string[]
}

/** Policies beside the page, for demos that run in a tab. */
function copyPolicies(to: string): void {
  mkdirSync(to, { recursive: true })
  for (const name of shippedNames()) {
    for (const file of [`${name}.onnx`, `${name}.json`]) {
      copyFileSync(join(shippedFolder, file), join(to, file))
    }
  }
}

function sourceHash(): string {
  const hash = createHash('sha256')
  for (const source of sources) {
    for (const file of filesBelow(source)) {
      hash.update(relative(repository, file)).update('\0').update(readFileSync(file)).update('\0')
    }
  }
  return hash.digest('hex')
}

/** A file itself, or the files of a folder in a fixed order. */
function filesBelow(path: string): string[] {
  try {
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile())
      .map((e) => join(e.parentPath, e.name))
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return [path]
    throw error
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
