import type { EnvState } from '@skillweave/mdp'
import { createContactList } from '@skillweave/model'
import {
  type BodiesWriter,
  blendSpec,
  bodiesSpec,
  type Channel,
  contactsMax,
  contactsSpec,
  createBodiesWriter,
  createEncoder,
  describeObject,
  describeRobot,
  type Encoder,
  handBits,
  noActiveSkill,
  noBody,
  type RobotDescription,
  signalsSpec,
  type Unit,
} from '@skillweave/protocol'
import type { Hub } from '@skillweave/stream/hub'
import type { Pusher } from './pusher.ts'
import type { DemoSession, SkillBlend, SkillGoals } from './session.ts'

/** Every demo has one robot. */
export const robotId = 'robot-0'

/** A number worth plotting, read after every control step. */
interface Signal {
  readonly name: string
  readonly unit: Unit
  value(): number
}

/** Describe a session on a hub and open its channels; `publish` after every control step. */
export function openFeed(
  hub: Hub,
  session: DemoSession,
  sources: {
    readonly timing: { percentile(p: number): number }
    /** Rewards by term over the last action. */
    readonly rewards: Readonly<Record<string, number>>
    readonly pusher: () => Pusher
  },
): { publish(time_s: number, isCut: boolean): void } {
  const { env } = session
  const { task } = env
  const robot: RobotDescription = describeRobot({ id: robotId, robot: env.robot })
  const objects = task.scene.objects.map(describeObject)
  const rate_hz = Math.round(1 / task.controlDt_s)
  hub.setScene({
    title: session.title,
    description: session.description,
    ground: {},
    objects,
    ...(objects.some((o) => o.look === 'hoop') ? { court: halfCourt } : {}),
  })
  hub.setRobots([robot])
  hub.setSkills(session.skills, robotId)
  const bodies: Channel = hub.openChannel(bodiesSpec({ robot, objects, rate_hz }))
  const writer: BodiesWriter = createBodiesWriter(bodies, robot)
  const blendChannel =
    session.skills.length > 0
      ? hub.openChannel(blendSpec({ robot, skills: session.skills, perJoint: true, rate_hz }))
      : undefined
  const blendFrame: Encoder | undefined = blendChannel && createEncoder(blendChannel)
  const contacts = openContacts(hub, session, { robot, rate_hz, pusher: sources.pusher })
  let published = 0
  let p50 = 0
  let p99 = 0
  const signals: readonly Signal[] = [
    ...stateSignals(session, robot),
    ...session.skills.map(
      ({ name }, k): Signal => ({
        name: `weight.${name}`,
        unit: '1',
        value: () => session.blend?.().weights[k] ?? 0,
      }),
    ),
    ...Object.keys(sources.rewards).map(
      (term): Signal => ({
        name: `reward.${term}`,
        unit: '1',
        value: () => sources.rewards[term],
      }),
    ),
    { name: 'push.force', unit: 'N', value: () => Math.hypot(...sources.pusher().force_w) },
    { name: 'timing.p50_ms', unit: '1', value: () => p50 },
    { name: 'timing.p99_ms', unit: '1', value: () => p99 },
    ...session.signals.map((s): Signal => ({ unit: '1', ...s })),
  ]
  const signalChannel = hub.openChannel(
    signalsSpec({ signals: signals.map(({ name, unit }) => ({ name, unit })), rate_hz }),
  )
  const signalFrame = createEncoder(signalChannel)
  const bounced = watchBounces(objects.length)

  return {
    publish(time_s, isCut) {
      // 1 simulated, 4 first after a cut.
      const flags = isCut ? 5 : 1
      writer.set(0, env.states[0], bounced(env.states[0]))
      hub.publish(bodies, writer.encode(time_s, flags))
      if (blendChannel && blendFrame && session.blend) {
        writeBlend(blendFrame, session.blend(), session.goals)
        hub.publish(blendChannel, blendFrame.encode(time_s, flags))
      }
      contacts?.publish(time_s, flags)
      // Percentiles sort what they measure; twice a second is enough.
      if (published++ % Math.ceil(rate_hz / 2) === 0) {
        p50 = sources.timing.percentile(0.5)
        p99 = sources.timing.percentile(0.99)
      }
      for (let i = 0; i < signals.length; i++) signalFrame.values.values[i] = signals[i].value()
      hub.publish(signalChannel, signalFrame.encode(time_s, flags))
    },
  }
}

/** Reading contacts out of the engine costs more than anything else here; this often is enough to see. */
const contactsRate_hz = 30

/** What touches what, and what pulls at the robot; undefined where the engine does not tell. */
function openContacts(
  hub: Hub,
  { env }: DemoSession,
  options: {
    readonly robot: RobotDescription
    readonly rate_hz: number
    readonly pusher: () => Pusher
  },
): { publish(time_s: number, flags: number): void } | undefined {
  if (!env.simulator.readContacts) return undefined
  const { robot, rate_hz, pusher } = options
  const every = Math.max(1, Math.round(rate_hz / contactsRate_hz))
  const objects = env.task.scene.objects.map(describeObject)
  const channel = hub.openChannel(contactsSpec({ robot, objects, rate_hz: rate_hz / every }))
  const frame = createEncoder(channel)
  const list = createContactList(contactsMax)
  const firstLink = 1 + objects.length
  let steps = 0
  return {
    publish(time_s, flags) {
      // The first after a cut is always shown.
      if (steps++ % every !== 0 && flags === 1) return
      // The simulator is another one after a reset.
      env.simulator.readContacts?.(0, list)
      const { values } = frame
      const { link, point_w, force_w } = pusher()
      values.push[0] = link < 0 ? noBody : firstLink + link
      values.pushPos_w.set(point_w)
      values.pushForce_w.set(force_w)
      values.count[0] = list.count
      values.bodyA.set(list.bodyA)
      values.bodyB.set(list.bodyB)
      values.pos_w.set(list.pos_w)
      values.force_w.set(list.force_w)
      hub.publish(channel, frame.encode(time_s, flags))
    },
  }
}

function writeBlend({ values }: Encoder, blend: SkillBlend, goals: SkillGoals | undefined): void {
  const n = blend.skills.length
  const nDof = values.jointWeights.length / n
  const perJoint = blend.jointWeights?.()
  let best = 0
  for (let k = 0; k < n; k++) {
    values.weights[k] = blend.weights[k]
    if (blend.weights[k] > blend.weights[best]) best = k
    for (let j = k * nDof; j < (k + 1) * nDof; j++) {
      values.jointWeights[j] = perJoint ? perJoint[j] : blend.weights[k]
    }
  }
  values.active[0] = blend.weights[best] > 0.5 ? best : noActiveSkill
  values.override[0] =
    (blend.override.isActive ? handBits.weights : 0) |
    (goals?.override?.isActive ? handBits.goals : 0)
  if (!goals || !values.goals) return
  const now = goals.now()
  for (let i = 0; i < values.goals.length; i++) values.goals[i] = now[i]
}

/** Joints as they are and as they should be, and the base of a robot that can move. */
function stateSignals({ env }: DemoSession, robot: RobotDescription): Signal[] {
  const of = (
    group: string,
    unit: readonly [turning: Unit, sliding: Unit],
    numbers: () => Float64Array,
  ): Signal[] =>
    robot.joints.flatMap((joint) => {
      const next = robot.joints.find((j) => j.dof > joint.dof)?.dof ?? robot.dofNames.length
      return robot.dofNames.slice(joint.dof, next).map((dof, k) => ({
        name: `${group}.${dof}`,
        unit: unit[joint.type === 'prismatic' ? 1 : 0],
        value: () => numbers()[joint.dof + k],
      }))
    })
  const base = (name: string, unit: Unit, numbers: () => Float64Array): Signal[] =>
    robot.base === 'fixed'
      ? []
      : ['x', 'y', 'z'].map((axis, k) => ({
          name: `${name}.${axis}`,
          unit,
          value: () => numbers()[k],
        }))
  return [
    ...of('q', ['rad', 'm'], () => env.states[0].q),
    ...of('dq', ['rad/s', 'm/s'], () => env.states[0].dq),
    ...of('qTarget', ['rad', 'm'], () => env.simulator.controls[0].qTarget),
    ...of('tau', ['N.m', 'N'], () => env.states[0].tau),
    ...base('base', 'm', () => env.states[0].linkPos_w),
    ...base('baseVel', 'm/s', () => env.states[0].linkLinVel_w),
  ]
}

/** Objects whose fall turned into a rise since the last frame: a viewer must not smooth a bounce. */
function watchBounces(nObjects: number): (s: EnvState) => number {
  const falling = new Float64Array(nObjects)
  return (s) => {
    let bits = 0
    for (let o = 0; o < nObjects; o++) {
      const vz = s.objectLinVel_w[3 * o + 2]
      if (falling[o] < -0.5 && vz > falling[o] + 1) bits |= 1 << o
      falling[o] = vz
    }
    return bits
  }
}

/** Half a court of the rules (FIBA), hoop at the origin facing +x; the hoop object says where it stands. */
const halfCourt = {
  hoop_w: [0, 0, 0],
  yaw: 0,
  width: 15,
  length: 14,
  arcRadius: 6.75,
  keyWidth: 4.9,
  keyLength: 5.8,
} as const
