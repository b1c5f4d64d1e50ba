import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Link,
  linkIndex,
  type RobotModel,
  readMjcf,
  readUrdf,
  robots as tables,
} from '@skillweave/model'
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

  it.each([
    { name: 'g1', file: 'g1_29dof_rev_1_0', locked: /waist_(roll|pitch)|wrist/ },
    { name: 'g1-29', file: 'g1_29dof_rev_1_0', locked: /^$/ },
    { name: 'h1-2', file: 'h1_2', locked: /elbow_roll|wrist|^[LR]_/ },
  ] as const)('the table of $name agrees with the URDF', ({ name, file, locked }) => {
    const all = readUrdf(text(`${file}.urdf`), { mimic: 'free' }).model.dofNames
    const lock = all.filter((n) => locked.test(n))
    const { model } = readUrdf(text(`${file}.urdf`), { mimic: 'free', lock })
    expect(model.dofNames).toEqual(tables[name].model.dofNames)
    expectTable(tables[name].model, model, model.links)
    expect(tables[name].model.joints.map((j) => j.velocity)).toEqual(
      model.joints.map((j) => j.velocity),
    )
  })

  it('the table of h1 agrees with the legs of the MJCF', () => {
    // The files at hand weld H1's arms on, and the URDF enlarges its ankles' inertia.
    const { model } = readMjcf(text('h1.xml'))
    expectTable(tables.h1.model, model, model.links.slice(1))
  })
})

/** `links` of a file are in the table, with the same joints. */
function expectTable(table: RobotModel, file: RobotModel, links: readonly Link[]): void {
  for (const link of links) {
    const i = linkIndex(table, link.name)
    const [mine, joint] = [table.links[i], table.joints[i - 1]]
    // H1-2's hands differ from left to right by a millimetre; the table has their mean.
    const slack = /elbow/.test(link.name) ? 8e-4 : 2e-5
    expect(Math.abs(mine.mass - link.mass), link.name).toBeLessThan(1e-4)
    expect(distance(mine.com, link.com), link.name).toBeLessThan(slack)
    expect(distance(mine.inertia, link.inertia), link.name).toBeLessThan(1e-4)
    if (!joint) continue
    const theirs = file.joints[linkIndex(file, link.name) - 1]
    expect(distance(joint.pos, theirs.pos), joint.name).toBeLessThan(2e-5)
    expect(distance(joint.quat, theirs.quat), joint.name).toBeLessThan(2e-5)
    expect(distance(joint.axis, theirs.axis), joint.name).toBeLessThan(1e-9)
    expect(distance(joint.lower, theirs.lower), joint.name).toBeLessThan(1e-4)
    expect(distance(joint.upper, theirs.upper), joint.name).toBeLessThan(1e-4)
    expect(joint.effort, joint.name).toEqual(theirs.effort)
  }
}

const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.hypot(...a.map((x, i) => x - b[i]))
