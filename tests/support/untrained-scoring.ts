import { loadPolicy } from '@skillweave/demos/live'
import { commandLine } from './command-line.ts'

/**
 * A controller of ball skills that nobody trained: what `train scoring` writes after one iteration, in a
 * folder of its own. Real in size, shape and manifest, so that the demo loads and runs it; what it decides
 * means nothing.
 */
export async function trainUntrainedScoring(): Promise<string> {
  const { folder, skillweave } = commandLine()
  const name = 'untrained-scoring'
  const { code, err } = await skillweave(
    ...['train', 'scoring', '--envs', '2', '--samples', '64', '--name', name],
  )
  if (code !== 0) throw new Error(`train scoring ended with ${code}: ${err}`)
  return `${folder}/.runs/${name}`
}

/** The same, as the page of a site loads it. */
export const asScoring = (folder: string) => ({ ...loadPolicy(folder), name: 'scoring' })
