import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { robotByName } from '@skillweave/model'
import { formatManifest, OnnxBuilder, writeOnnx } from '@skillweave/policy'
import { expect, test } from 'vitest'

const cli = fileURLToPath(new URL('../../demos/dist/cli.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'skillweave-'))
const robot = robotByName('arm7')
const joints = robot.model.dofNames
const n = joints.length

/** A policy of arm7 that sees its joints and answers zero. */
function writePolicy(): void {
  const graph = new OnnxBuilder('net')
  const x = graph.input('obs', ['N', n])
  const weights = graph.constant(new Float32Array(n * n), [n, n])
  graph.output(graph.node('MatMul', [x, weights], {}, 'actions'), ['N', n])
  mkdirSync(join(folder, 'still'))
  writeFileSync(join(folder, 'still/policy.onnx'), writeOnnx(graph.model()))
  const manifest = formatManifest({
    formatVersion: 1,
    name: 'still',
    robot: 'arm7',
    task: 'imported',
    jointNames: joints,
    observation: [{ name: 'jointPos', size: n, scale: 2, history: 1 }],
    action: {
      kind: 'jointPosition',
      joints,
      scale: joints.map(() => 1),
      offset: robot.qDefault,
    },
    gains: { kp: robot.kp, kd: robot.kd, effort: robot.effort },
    controlDt_s: 0.02,
    physics: {},
    provenance: { command: '', seed: 0, samples: 0, minutes: 0, buildHash: '', parents: [] },
  })
  writeFileSync(join(folder, 'still/policy.json'), manifest)
}

function writeReference(name: string, scale: number): void {
  const lines = [0.1, 0.2].map((x) => {
    const q = joints.map((_, i) => x + i)
    const sensed = { q, dq: q, baseQuat_wb: [0, 0, 0, 1], angVel_b: [0, 0, 0] }
    return JSON.stringify({ sensed, observation: q.map((v) => scale * v) })
  })
  writeFileSync(join(folder, name), `${lines.join('\n')}\n`)
}

const check = (reference: string): Promise<{ code: number; out: string; err: string }> =>
  new Promise((resolve) => {
    const args = [cli, 'policy', 'check', 'still', '--reference', reference, '--json']
    execFile(process.execPath, args, { cwd: folder }, (error, out, err) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, out, err })
    })
  })

test('policy check compares observations with recorded ones and says where they differ', async () => {
  writePolicy()
  writeReference('same.jsonl', 2)
  writeReference('other.jsonl', 3)
  const same = await check('same.jsonl')
  expect(same.code, same.err).toBe(0)
  expect(JSON.parse(same.out)).toMatchObject({
    reference: { lines: 2 },
    dryRun: { beyondLimits: 0 },
  })
  const other = await check('other.jsonl')
  expect(other.code).toBe(2)
  expect(other.err).toContain(`at number ${n - 1} of line 2`)
})
