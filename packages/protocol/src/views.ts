import type {
  JointDescription,
  ObjectDescription,
  RobotDescription,
  SkillDescription,
} from './description.ts'
import { createEncoder, type Encoder } from './frame.ts'
import {
  type Channel,
  type ChannelSpec,
  defineLayout,
  type FieldSpec,
  type Unit,
} from './layout.ts'
import { angleScale, type ReadonlyNumbers } from './quantise.ts'

/** Where the coordinates of a joint are in a bodies frame: `values[field]` from `index` on. */
export interface JointSlot {
  readonly field: 'slides' | 'hinges' | 'balls'
  /** First value: one per slide or hinge, four (x, y, z, w) per ball. */
  readonly index: number
}

/** One slot per joint, in the order of the description. */
export function jointSlots(robot: RobotDescription): readonly JointSlot[] {
  const used = { slides: 0, hinges: 0, balls: 0 }
  return robot.joints.map((j) => {
    const field = slotField[j.type]
    const index = used[field]
    used[field] += field === 'balls' ? 4 : 1
    return { field, index }
  })
}

const slotField = { prismatic: 'slides', revolute: 'hinges', spherical: 'balls' } as const

/** m/s per count of `objectLinVel_w`: ±64 m/s. */
const linVelScale = 1 / 512

/** `view.bodies`: one robot in joint space, and the objects of the scene. docs/protocol.md 5. */
export function bodiesSpec(options: {
  readonly robot: RobotDescription
  readonly objects: readonly ObjectDescription[]
  /** Default 60. */
  readonly rate_hz?: number
}): ChannelSpec {
  const { robot, objects, rate_hz = 60 } = options
  return {
    name: 'view.bodies',
    robot: robot.id,
    class: 'sampled',
    rate_hz,
    clock: robot.real ? 'robot' : 'sim',
    layout: defineLayout({
      fields: bodiesFields(robot, objects, 1),
      labels: bodiesLabels(robot, objects),
    }),
  }
}

/** `view.grid`: many copies of a robot and its objects, as in training. Every field is a block of copies. */
export function gridSpec(options: {
  readonly robot: RobotDescription
  readonly objects: readonly ObjectDescription[]
  readonly copies: number
  /** Reasons why an episode ends; `ended` is 1 + the index. */
  readonly endings: readonly string[]
  /** Default 20. */
  readonly rate_hz?: number
}): ChannelSpec {
  const { robot, objects, copies, endings, rate_hz = 20 } = options
  return {
    name: 'view.grid',
    robot: robot.id,
    class: 'sampled',
    rate_hz,
    clock: 'sim',
    copies,
    layout: defineLayout({
      fields: [
        ...bodiesFields(robot, objects, copies),
        { name: 'tint', type: 'u8', count: copies, unit: '1', scale: 1 / 255, step: true },
        { name: 'episode', type: 'u8', count: copies, unit: '1', step: true },
        { name: 'ended', type: 'u8', count: copies, unit: '1', step: true },
      ],
      labels: { ...bodiesLabels(robot, objects), ended: endings },
    }),
  }
}

function bodiesFields(
  robot: RobotDescription,
  objects: readonly ObjectDescription[],
  copies: number,
): FieldSpec[] {
  const joints = (type: JointDescription['type']): number =>
    robot.joints.filter((j) => j.type === type).length
  const slides = copies * joints('prismatic')
  const hinges = copies * joints('revolute')
  const balls = copies * joints('spherical')
  const n = copies * objects.length
  const fields: FieldSpec[] = [
    { name: 'basePos_w', type: 'f32', count: 3 * copies, unit: 'm' },
    {
      name: 'baseQuat_wb',
      type: 'i16',
      count: 4 * copies,
      unit: '1',
      codec: 'snorm16',
      order: 'xyzw',
    },
  ]
  if (slides > 0)
    fields.push({ name: 'slides', type: 'f32', count: slides, unit: 'm', labels: 'slides' })
  if (hinges > 0) {
    fields.push({
      name: 'hinges',
      type: 'i16',
      count: hinges,
      unit: 'rad',
      scale: angleScale,
      wrap: true,
      labels: 'hinges',
    })
  }
  if (balls > 0) {
    fields.push({
      name: 'balls',
      type: 'u16',
      count: 3 * balls,
      unit: '1',
      codec: 'quat48',
      order: 'xyzw',
      labels: 'balls',
    })
  }
  fields.push({ name: 'footContact', type: 'u8', count: copies, unit: '1', step: true })
  fields.push({ name: 'objectContact', type: 'u8', count: copies, unit: '1', step: true })
  if (n > 0) {
    fields.push(
      { name: 'objectPos_w', type: 'f32', count: 3 * n, unit: 'm', labels: 'objects' },
      {
        name: 'objectQuat_w',
        type: 'i16',
        count: 4 * n,
        unit: '1',
        codec: 'snorm16',
        order: 'xyzw',
        labels: 'objects',
      },
      {
        name: 'objectLinVel_w',
        type: 'i16',
        count: 3 * n,
        unit: 'm/s',
        scale: linVelScale,
        labels: 'objects',
      },
    )
  }
  return fields
}

function bodiesLabels(
  robot: RobotDescription,
  objects: readonly ObjectDescription[],
): Record<string, readonly string[]> {
  const joints = (type: JointDescription['type']): string[] =>
    robot.joints.filter((j) => j.type === type).map((j) => j.name)
  return {
    slides: joints('prismatic'),
    hinges: joints('revolute'),
    balls: joints('spherical'),
    feet: robot.feet.map((i) => robot.links[i].name),
    objects: objects.map((o) => o.name),
  }
}

/** What a bodies frame is written from; a model package's `StateView` fits. */
export interface BodiesState {
  /** [nDof] model order; three rotation-vector numbers per spherical joint. */
  readonly q: ReadonlyNumbers
  /** The base first: only its pose is read. [≥ 3] m, [≥ 4] */
  readonly linkPos_w: ReadonlyNumbers
  readonly linkQuat_w: ReadonlyNumbers
  /** Objects in scene order. [nObjects, 3] m, [nObjects, 4], [nObjects, 3] m/s */
  readonly objectPos_w: ReadonlyNumbers
  readonly objectQuat_w: ReadonlyNumbers
  readonly objectLinVel_w: ReadonlyNumbers
  /** Above 0.5: in contact. Order of `feet`, the first eight are sent. */
  readonly footContact: ReadonlyNumbers
}

/** Writes `view.bodies` or `view.grid` frames from states. */
export interface BodiesWriter {
  /** Copy one state into the frame. `objectContact`: bits of objects touched since the last frame. */
  set(copy: number, state: BodiesState, objectContact?: number): void
  /** All of a grid's extra fields and every raw value, by field name. */
  readonly values: Encoder['values']
  /** The frame's bytes, overwritten by the next call. `flags`: see `frameFlags`. */
  encode(time_s: number, flags?: number): Uint8Array<ArrayBuffer>
}

/** Bind a writer to a channel declared from `bodiesSpec` or `gridSpec` of the same robot. */
export function createBodiesWriter(channel: Channel, robot: RobotDescription): BodiesWriter {
  const encoder = createEncoder(channel)
  const { values } = encoder
  const copies = channel.copies ?? 1
  const slots = jointSlots(robot)
  const perCopy = (name: string): number => (values[name]?.length ?? 0) / copies
  const stride = { slides: perCopy('slides'), hinges: perCopy('hinges'), balls: perCopy('balls') }
  const positions = perCopy('objectPos_w')
  const quats = perCopy('objectQuat_w')
  return {
    values,
    encode: encoder.encode,
    set(copy, state, objectContact = 0) {
      copyInto(values.basePos_w, 3 * copy, state.linkPos_w, 3)
      copyInto(values.baseQuat_wb, 4 * copy, state.linkQuat_w, 4)
      for (let j = 0; j < slots.length; j++) {
        const { field, index } = slots[j]
        const o = copy * stride[field] + index
        const { dof } = robot.joints[j]
        if (field === 'balls') rotationVectorToQuat(state.q, dof, values.balls, o)
        else values[field][o] = state.q[dof]
      }
      let feet = 0
      for (let i = 0; i < state.footContact.length && i < 8; i++)
        if (state.footContact[i] > 0.5) feet |= 1 << i
      values.footContact[copy] = feet
      values.objectContact[copy] = objectContact
      if (positions === 0) return
      copyInto(values.objectPos_w, copy * positions, state.objectPos_w, positions)
      copyInto(values.objectQuat_w, copy * quats, state.objectQuat_w, quats)
      copyInto(values.objectLinVel_w, copy * positions, state.objectLinVel_w, positions)
    },
  }
}

function copyInto(out: Float64Array, o: number, from: ReadonlyNumbers, n: number): void {
  for (let i = 0; i < n; i++) out[o + i] = from[i]
}

/** exp of a rotation vector, as x, y, z, w: (sin(θ/2) u, cos(θ/2)). */
function rotationVectorToQuat(v: ReadonlyNumbers, i: number, out: Float64Array, o: number): void {
  const angle = Math.sqrt(v[i] ** 2 + v[i + 1] ** 2 + v[i + 2] ** 2)
  const s = angle < 1e-8 ? 0.5 : Math.sin(angle / 2) / angle
  out[o] = s * v[i]
  out[o + 1] = s * v[i + 1]
  out[o + 2] = s * v[i + 2]
  out[o + 3] = Math.cos(angle / 2)
}

/** `view.blend`: how skills mix, what they are told. Goals are labelled "skill.goal". */
export function blendSpec(options: {
  readonly robot: RobotDescription
  readonly skills: readonly SkillDescription[]
  /** Send a weight per skill and coordinate too. */
  readonly perJoint: boolean
  /** Default 20. */
  readonly rate_hz?: number
}): ChannelSpec {
  const { robot, skills, perJoint, rate_hz = 20 } = options
  const goals = skills.flatMap((s) => s.goals.map((g) => `${s.name}.${g}`))
  const weight = { type: 'u8', unit: '1', scale: 1 / 255 } as const
  const fields: FieldSpec[] = []
  if (goals.length > 0)
    fields.push({ name: 'goals', type: 'f32', count: goals.length, unit: '1', labels: 'goals' })
  fields.push({ name: 'weights', ...weight, count: skills.length, labels: 'skills' })
  if (perJoint)
    fields.push({ name: 'jointWeights', ...weight, count: skills.length * robot.dofNames.length })
  fields.push({ name: 'active', type: 'u8', count: 1, unit: '1', step: true })
  fields.push({ name: 'override', type: 'u8', count: 1, unit: '1', step: true })
  return {
    name: 'view.blend',
    robot: robot.id,
    class: 'sampled',
    rate_hz,
    clock: robot.real ? 'robot' : 'sim',
    layout: defineLayout({
      fields,
      labels: { goals, skills: skills.map((s) => s.name), dofs: robot.dofNames },
    }),
  }
}

/** `active` of a blend frame when no single skill leads. */
export const noActiveSkill = 255

/** Bits of `override` of a blend frame. */
export const handBits = { weights: 1, goals: 2 } as const

/** Contacts a frame has room for unless told otherwise. */
export const contactsMax = 24

/** `push` of a contacts frame when nobody pulls. */
export const noBody = 255

/** `view.contacts`: what touches what and how hard, and what is pulled from outside. docs/protocol.md 5. */
export function contactsSpec(options: {
  readonly robot: RobotDescription
  readonly objects: readonly ObjectDescription[]
  /** Default `contactsMax`. */
  readonly room?: number
  /** Default 30. */
  readonly rate_hz?: number
}): ChannelSpec {
  const { robot, objects, room = contactsMax, rate_hz = 30 } = options
  const bodies = ['ground', ...objects.map((o) => o.name), ...robot.links.map((l) => l.name)]
  if (bodies.length > noBody) {
    throw new Error(
      `${robot.name} and its scene have ${bodies.length} bodies, at most 255 can touch`,
    )
  }
  // Contacts come and go in any order: there is nothing between two frames.
  const code = { type: 'u8', unit: '1', step: true } as const
  const vectors = { type: 'f32', step: true } as const
  return {
    name: 'view.contacts',
    robot: robot.id,
    class: 'sampled',
    rate_hz,
    clock: robot.real ? 'robot' : 'sim',
    layout: defineLayout({
      fields: [
        { name: 'push', ...code, count: 1 },
        { name: 'pushPos_w', ...vectors, count: 3, unit: 'm' },
        { name: 'pushForce_w', ...vectors, count: 3, unit: 'N' },
        { name: 'count', ...code, count: 1 },
        { name: 'bodyA', ...code, count: room },
        { name: 'bodyB', ...code, count: room },
        { name: 'pos_w', ...vectors, count: 3 * room, unit: 'm' },
        { name: 'force_w', ...vectors, count: 3 * room, unit: 'N' },
      ],
      labels: { bodies },
    }),
  }
}

/** `view.signals`: any numbers worth plotting. Names are "group.name_unit", such as "timing.p99_ms". */
export function signalsSpec(options: {
  readonly signals: readonly { readonly name: string; readonly unit: Unit }[]
  readonly robot?: string
  /** Default 20. */
  readonly rate_hz?: number
}): ChannelSpec {
  const { signals, robot, rate_hz = 20 } = options
  return {
    name: 'view.signals',
    ...(robot === undefined ? {} : { robot }),
    class: 'sampled',
    rate_hz,
    clock: 'sim',
    layout: defineLayout({
      fields: [
        {
          name: 'values',
          type: 'f32',
          count: signals.length,
          unit: signals.map((s) => s.unit),
          labels: 'signals',
        },
      ],
      labels: { signals: signals.map((s) => s.name) },
    }),
  }
}
