/** Thread entry: trains on the standing task with others and reports samples per second of all. */
import { parentPort, workerData } from 'node:worker_threads'
import { robotByName } from '@skillweave/model'
import { sharedAllReduce } from '@skillweave/rl'
import { median } from '../bench/statistics.ts'
import { type BenchWorkerData, createTrainer, measure } from '../bench/training.ts'

const { exchange, rank, robot, nEnvs, rounds } = workerData as BenchWorkerData
const reduce = sharedAllReduce(exchange, rank)
const { env, learner } = await createTrainer(robotByName(robot), nEnvs, reduce)
for (let i = 0; i < 2; i++) await learner.iterate(0)
const rates: number[] = []
for (let round = 0; round < rounds; round++) rates.push((await measure(learner)).rate)
await learner.dispose()
env.dispose()
parentPort?.postMessage(median(rates))
