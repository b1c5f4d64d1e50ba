import { demos } from '../demos.ts'
import { loadPolicy } from '../policy-files.ts'
import { UserError } from '../user-error.ts'
import { buildSite } from '../web-build.ts'

export interface BuildWebOptions {
  readonly out?: string
  /** `name=folder`: policies that are not shipped. */
  readonly policy: readonly string[]
}

/** `build-web`: a folder that any static host can serve. */
export async function buildWebCommand({ out, policy }: BuildWebOptions): Promise<void> {
  const extra = Object.fromEntries(policy.map(named))
  const folder = await buildSite(demos, { ...(out === undefined ? {} : { folder: out }), extra })
  process.stdout.write(`${folder}\n`)
}

function named(text: string) {
  const [, name, folder] = /^([\w-]+)=(.+)$/.exec(text) ?? []
  if (!name) throw new UserError(`"${text}" is not name=folder, such as scoring=.runs/scoring`)
  return [name, loadPolicy(folder)] as const
}
