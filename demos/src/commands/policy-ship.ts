import { basename, dirname } from 'node:path'
import { loadPolicy, savePolicy, shippedFolder, unfinishedRun } from '../policy-files.ts'
import { UserError } from '../user-error.ts'

export interface PolicyShipOptions {
  /** Name there; default the run's. */
  readonly as?: string
  /** Default the folder of the policies that come with the project. */
  readonly to?: string
}

/** `policy ship <run>`: a finished run's policy, with its card, among those that come with the project. */
export function policyShip(run: string, { as, to = shippedFolder }: PolicyShipOptions): void {
  const file = loadPolicy(run)
  if (dirname(file.path) === shippedFolder) {
    const begun = unfinishedRun(run)
    throw new UserError(
      begun ? `${begun}, go on with --resume` : `${run} comes with the project already`,
    )
  }
  const name = as ?? basename(run)
  savePolicy(to, name, file.onnx, { ...file.manifest, name })
  process.stdout.write(`${file.path} is ${name} in ${to}\n`)
}
