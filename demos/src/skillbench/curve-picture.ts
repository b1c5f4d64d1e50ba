import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createCurves } from '../training/curves.ts'

/** A line of a run's metrics, as far as it is drawn. */
interface Line {
  readonly samples: number
  readonly reward?: number
  readonly env?: Readonly<Record<string, number>>
}

/** Where the learning curve of a policy is, below the folder of the page. */
export const curvePath = (policy: string): string => `skillbench/curves/${policy}.svg`

/**
 * Draw how a policy was learned: reward, length of episodes, and the first term of its reward. Does nothing where
 * its run is not; an earlier picture stays.
 */
export function drawCurve(docs: string, policy: string): void {
  const metrics = join('.runs', policy, 'metrics.jsonl')
  if (!existsSync(metrics)) return
  const lines = readFileSync(metrics, 'utf8').trim().split('\n')
  const curves = createCurves()
  for (const text of lines) {
    const { samples, reward, env = {} } = JSON.parse(text) as Line
    const term = Object.keys(env).find((key) => key.startsWith('reward/'))
    curves.add(samples, {
      ...(reward === undefined ? {} : { reward }),
      ...(env.episodeLength_s ? { 'episode, s': env.episodeLength_s } : {}),
      ...(term === undefined ? {} : { [term]: env[term] }),
    })
  }
  const path = join(docs, curvePath(policy))
  mkdirSync(join(docs, 'skillbench', 'curves'), { recursive: true })
  writeFileSync(path, curves.svg(policy))
}
