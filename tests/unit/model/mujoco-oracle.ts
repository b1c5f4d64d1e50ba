import loadMujoco, { type MainModule, type MjModel } from '@mujoco/mujoco'
import {
  createRng,
  quatConj,
  quatExp,
  quatFromWxyz,
  quatLog,
  quatMul,
  quatNormalize,
  quatRotate,
  type Rng,
  vecNorm,
} from '@skillweave/math'
import {
  bindKinematics,
  combineMass,
  linkIndex,
  type MassProperties,
  moveMass,
  type RobotFile,
} from '@skillweave/model'
import { expect } from 'vitest'

let loaded: Promise<MainModule> | undefined
/** MuJoCo itself, loaded once. */
export const mujoco = (): Promise<MainModule> => (loaded ??= loadMujoco())

/** MuJoCo's own reading of a file (MJCF, or URDF). */
export async function compile(xml: string): Promise<MjModel> {
  const model = (await mujoco()).MjModel.from_xml_string(xml)
  if (!model) throw new Error('MuJoCo refused the file')
  return model
}

/** An MJCF without its meshes, which are only drawn or collided with when inertials are given. */
export const withoutMeshesMjcf = (xml: string): string =>
  xml
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<geom[^>]*\bmesh="[^>]*\/>/g, '')
    .replace(/<mesh\b[^>]*\/>/g, '')

/** A URDF without meshes, below a floating joint, so that MuJoCo does not bolt it to the world. */
export const floatingUrdf = (xml: string, root: string, compiler = ''): string =>
  xml
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/<mujoco>[\s\S]*?<\/mujoco>/, '')
    .replace(/<visual[\s\S]*?<\/visual>/g, '')
    .replace(/<collision[^>]*>(?:(?!<\/collision>)[\s\S])*<mesh[\s\S]*?<\/collision>/g, '')
    .replace(
      /<robot([^>]*)>/,
      `<robot$1><mujoco><compiler ${compiler}/></mujoco><link name="world"/>
       <joint name="free" type="floating"><parent link="world"/><child link="${root}"/></joint>`,
    )

/** Check masses, joints and `nPoses` random poses against MuJoCo's reading of the same robot. */
export async function expectAsMujoco(
  file: RobotFile,
  reference: MjModel,
  nPoses: number,
): Promise<void> {
  const mj = await mujoco()
  const names = (type: number, count: number) =>
    Array.from({ length: count }, (_, i) => mj.mj_id2name(reference, type, i))
  const bodies = names(mj.mjtObj.mjOBJ_BODY.value, reference.nbody)
  expectSameMasses(file, reference, bodies)
  expectSameJoints(file, reference, names(mj.mjtObj.mjOBJ_JOINT.value, reference.njnt))
  const data = new mj.MjData(reference)
  const rng = createRng(file.model.name)
  for (let pose = 0; pose < nPoses; pose++) {
    expectSamePose(file, reference, bodies, rng, data.qpos, () => {
      mj.mj_kinematics(reference, data)
      return { pos: data.xpos, quat: data.xquat }
    })
  }
  data.delete()
}

/** Each link weighs what MuJoCo's bodies that belong to it weigh together. */
function expectSameMasses(file: RobotFile, reference: MjModel, bodies: readonly string[]): void {
  const parts = new Map<string, MassProperties[]>()
  for (let b = 1; b < bodies.length; b++) {
    const frame = file.frames[bodies[b]]
    const three = (a: Float64Array) => [a[3 * b], a[3 * b + 1], a[3 * b + 2]] as const
    const [x, y, z] = three(reference.body_inertia)
    const inBody = moveMass(
      { mass: reference.body_mass[b], com: [0, 0, 0], inertia: [x, y, z, 0, 0, 0] },
      three(reference.body_ipos),
      quatFromWxyz(reference.body_iquat.slice(4 * b, 4 * b + 4)),
    )
    const inLink = moveMass(inBody, frame.pos, frame.quat)
    parts.set(frame.link, [...(parts.get(frame.link) ?? []), inLink])
  }
  for (const link of file.model.links) {
    const theirs = combineMass(parts.get(link.name) ?? [])
    expect(Math.abs(link.mass - theirs.mass), link.name).toBeLessThan(1e-9)
    for (let c = 0; c < 3; c++) {
      expect(Math.abs(link.com[c] - theirs.com[c]), link.name).toBeLessThan(1e-9)
    }
    const scale = Math.max(...theirs.inertia, 1e-9)
    for (let c = 0; c < 6; c++) {
      const error = Math.abs(link.inertia[c] - theirs.inertia[c])
      expect(error / scale, `${link.name} inertia ${c}`).toBeLessThan(1e-4)
    }
  }
}

/** The free joint aside, the same joints in the same order with the same numbers. */
function expectSameJoints(file: RobotFile, reference: MjModel, names: readonly string[]): void {
  const { model } = file
  const first = model.base === 'floating' ? 1 : 0
  const kinds = { revolute: 3, prismatic: 2, spherical: 1 }
  expect(names.slice(first)).toEqual(model.joints.map((j) => j.name))
  model.joints.forEach((joint, k) => {
    const j = k + first
    const dof = reference.jnt_dofadr[j]
    expect(reference.jnt_type[j], joint.name).toBe(kinds[joint.type])
    expect(reference.dof_armature[dof], joint.name).toBeCloseTo(joint.armature, 12)
    expect(reference.dof_damping[dof], joint.name).toBeCloseTo(joint.damping, 12)
    expect(reference.dof_frictionloss[dof], joint.name).toBeCloseTo(joint.frictionLoss, 12)
    // The binding cannot read MuJoCo's boolean arrays; unlimited joints have a range of 0.
    const torque = reference.jnt_actfrcrange[2 * j + 1]
    if (torque > 0) expect(joint.effort[0], joint.name).toBeLessThanOrEqual(torque)
    if (joint.type === 'spherical') return
    for (let c = 0; c < 3; c++) {
      expect(reference.jnt_axis[3 * j + c], joint.name).toBeCloseTo(joint.axis[c], 9)
    }
    const finite = (x: number) => (Number.isFinite(x) ? x : 0)
    expect(reference.jnt_range[2 * j], joint.name).toBeCloseTo(finite(joint.lower[0]), 9)
    expect(reference.jnt_range[2 * j + 1], joint.name).toBeCloseTo(finite(joint.upper[0]), 9)
  })
}

/** One random pose of base and joints: every body, merged ones included, is where MuJoCo has it. */
function expectSamePose(
  file: RobotFile,
  reference: MjModel,
  bodies: readonly string[],
  rng: Rng,
  qpos: Float64Array,
  forward: () => { pos: Float64Array; quat: Float64Array },
): void {
  const { model, frames } = file
  const n = model.links.length
  const links = { pos: new Float64Array(3 * n), quat: new Float64Array(4 * n) }
  const q = Float64Array.from(model.dofNames, () => rng.range(-1.5, 1.5))
  const first = model.base === 'floating' ? 1 : 0
  if (first === 1) {
    const [x, y, z, w] = quatNormalize([rng.normal(), rng.normal(), rng.normal(), rng.normal()])
    const p = [rng.normal(), rng.normal(), rng.normal()]
    qpos.set([...p, w, x, y, z])
    links.pos.set(p)
    links.quat.set([x, y, z, w])
  } else {
    // A fixed base is where the file puts it; the world is MuJoCo's body 0.
    const b = bodies.indexOf(model.links[0].name)
    links.pos.set(reference.body_pos.slice(3 * b, 3 * b + 3))
    links.quat.set(quatFromWxyz(reference.body_quat.slice(4 * b, 4 * b + 4)))
  }
  model.joints.forEach((joint, k) => {
    const at = reference.jnt_qposadr[k + first]
    qpos[at] = q[joint.dof]
    if (joint.type !== 'spherical') return
    const [x, y, z, w] = quatExp(q.slice(joint.dof, joint.dof + 3))
    qpos.set([w, x, y, z], at)
  })
  bindKinematics(model).poses(links, q, 0)
  const theirs = forward()
  for (let b = 1; b < bodies.length; b++) {
    const frame = frames[bodies[b]]
    const i = linkIndex(model, frame.link)
    const linkQuat = links.quat.subarray(4 * i, 4 * i + 4)
    const offset = quatRotate(linkQuat, frame.pos)
    for (let c = 0; c < 3; c++) {
      const error = Math.abs(links.pos[3 * i + c] + offset[c] - theirs.pos[3 * b + c])
      expect(error, `${bodies[b]} position`).toBeLessThan(1e-9)
    }
    const theirQuat = quatFromWxyz(theirs.quat.subarray(4 * b, 4 * b + 4))
    const turned = vecNorm(quatLog(quatMul(quatConj(theirQuat), quatMul(linkQuat, frame.quat))))
    expect(turned, `${bodies[b]} orientation`).toBeLessThan(1e-8)
  }
}
