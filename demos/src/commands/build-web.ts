import { demos } from '../demos.ts'
import { buildSite } from '../web-build.ts'

/** `build-web`: a folder that any static host can serve. */
export async function buildWebCommand(options: { readonly out?: string }): Promise<void> {
  const folder = await (options.out ? buildSite(demos, options.out) : buildSite(demos))
  process.stdout.write(`${folder}\n`)
}
