import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readMjcf, readUrdf } from '@skillweave/model'
import { describe, expect, it } from 'vitest'
import { compile, expectAsMujoco, floatingUrdf, withoutMeshesMjcf } from './mujoco-oracle.ts'

const data = process.env.SKILLWEAVE_DATA
const text = (file: string) => readFileSync(join(data ?? '', 'robots', file), 'utf8')
const robots = [
  { file: 'h1', nDof: 10, mass: 51.65 },
  { file: 'h1_2', nDof: 51, mass: 67.37 },
  { file: 'g1_29dof_rev_1_0', nDof: 29, mass: 33.34 },
]

describe.skipIf(!data)('the manufacturer’s files (skipped unless SKILLWEAVE_DATA is set)', () => {
  it.each(robots)('the MJCF of $file is read as MuJoCo reads it', async ({ file, nDof, mass }) => {
    const read = readMjcf(text(`${file}.xml`))
    expect(read.model.dofNames).toHaveLength(nDof)
    expect(read.model.links.reduce((sum, l) => sum + l.mass, 0)).toBeCloseTo(mass, 2)
    await expectAsMujoco(read, await compile(withoutMeshesMjcf(text(`${file}.xml`))), 200)
  })

  it.each(robots)('the URDF of $file is read as MuJoCo reads it', async ({ file, nDof, mass }) => {
    const read = readUrdf(text(`${file}.urdf`), { mimic: 'free' })
    expect(read.model.dofNames).toHaveLength(nDof)
    expect(read.model.links.reduce((sum, l) => sum + l.mass, 0)).toBeCloseTo(mass, 2)
    const xml = floatingUrdf(text(`${file}.urdf`), 'pelvis', 'fusestatic="false"')
    await expectAsMujoco(read, await compile(xml), 200)
  })

  it.each(robots)(
    'the URDF of $file has its fixed links merged as MuJoCo merges them',
    async ({ file }) => {
      const read = readUrdf(text(`${file}.urdf`), { mimic: 'free' })
      const merged = await compile(
        floatingUrdf(text(`${file}.urdf`), 'pelvis', 'fusestatic="true"'),
      )
      expect(merged.nbody - 1).toBe(read.model.links.length)
      await expectAsMujoco(read, merged, 1)
    },
  )

  it.each(robots)('URDF and MJCF of $file agree on joints, limits and torques', ({ file }) => {
    const a = readUrdf(text(`${file}.urdf`), { mimic: 'free' }).model
    const b = readMjcf(text(`${file}.xml`)).model
    expect(a.dofNames).toEqual(b.dofNames)
    a.joints.forEach((joint, k) => {
      expect(joint.lower[0], joint.name).toBeCloseTo(b.joints[k].lower[0], 5)
      expect(joint.upper[0], joint.name).toBeCloseTo(b.joints[k].upper[0], 5)
      expect(joint.effort, joint.name).toEqual(b.joints[k].effort)
    })
  })
})
