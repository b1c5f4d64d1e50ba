export { readTorchScript, type TorchModule, type TorchValue } from './torch-script.ts'
export { type FloatTensor, readTorchTensor, writeTorchTensor } from './torch-zip.ts'
export { crc32, readZip, type ZipMember } from './zip-archive.ts'
