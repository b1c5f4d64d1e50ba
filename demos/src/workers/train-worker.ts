/** Thread entry: worker 1, 2, … of a training run. Learns with the others; worker 0 writes the files. */
import { workerData } from 'node:worker_threads'
import { abortExchange } from '@skillweave/rl'
import { prepare } from '../training/recipe.ts'
import { continueRunFolder } from '../training/run-folder.ts'
import { joinTeam, type TrainWorkerData } from '../training/team.ts'

const { exchange, rank, taskName, options, run } = workerData as TrainWorkerData
try {
  const folder = continueRunFolder(run, rank)
  const recipe = await prepare(taskName, options, joinTeam(exchange, rank))
  const resume = options.resume ? folder.checkpoint() : undefined
  await recipe.run({
    ...(resume ? { resume } : {}),
    onCheckpoint: (bytes, { exact }) => {
      if (exact || !folder.hasCheckpoint()) folder.saveCheckpoint(bytes)
    },
  })
  await recipe.learner.dispose()
  recipe.env.dispose()
} catch (error) {
  abortExchange(exchange)
  throw error
}
