import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A package as the rules about layers see it. */
export interface SourcePackage {
  /** Without the scope: `mdp`. */
  readonly name: string
  /** Folder from the repository's root: `packages/mdp`. */
  readonly folder: string
  /** Names a package manager makes importable: run time, and for tools and types only. */
  readonly dependencies: readonly string[]
  readonly devDependencies: readonly string[]
  readonly sources: readonly SourceFile[]
}

export interface SourceFile {
  /** From the repository's root. */
  readonly path: string
  readonly text: string
}

export const repository = fileURLToPath(new URL('../..', import.meta.url))

/** Every package of the workspace with its sources. */
export function readPackages(): SourcePackage[] {
  const folders = readdirSync(join(repository, 'packages')).map((name) => `packages/${name}`)
  return [...folders, 'sim', 'controllers', 'demos', 'tests']
    .filter((folder) => existsSync(join(repository, folder, 'package.json')))
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(repository, folder, 'package.json'), 'utf8'))
      return {
        name: folder.split('/').at(-1) as string,
        folder,
        dependencies: Object.keys(manifest.dependencies ?? {}),
        devDependencies: Object.keys(manifest.devDependencies ?? {}),
        sources: listSources(folder === 'tests' ? folder : `${folder}/src`).concat(
          folder === 'demos' ? listSources('demos/web') : [],
        ),
      }
    })
}

function listSources(folder: string): SourceFile[] {
  const path = join(repository, folder)
  if (!existsSync(path)) return []
  return readdirSync(path)
    .filter((name) => name !== 'node_modules' && name !== 'dist')
    .flatMap((name) => {
      const inside = `${folder}/${name}`
      if (statSync(join(repository, inside)).isDirectory()) return listSources(inside)
      if (!/\.tsx?$/.test(name)) return []
      return [{ path: inside, text: readFileSync(join(repository, inside), 'utf8') }]
    })
}
