export { type Comparison, compareControllers, verdict } from './comparison.ts'
export { pageOf } from './page.ts'
export { publishedSamples } from './published.ts'
export { type BenchEntry, readRecords, storeEntries, twoCoreMinutes } from './records.ts'
