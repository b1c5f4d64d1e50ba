import { quatFromRpy, quatFromYaw, quatMul } from '@skillweave/math'
import { ballplayer } from '@skillweave/model'
import {
  blendSpec,
  bodiesSpec,
  createBodiesWriter,
  createEncoder,
  describeObject,
  describeRobot,
  frameFlags,
  type MethodName,
  noActiveSkill,
  type SkillDescription,
} from '@skillweave/protocol'
import { createStreamServer, type Hub, type HubCall } from '@skillweave/stream/server'
import { ballObject, hoopObject } from '@skillweave/tasks'

/**
 * A scripted test double for a simulation: a player that runs in circles and shoots, made of sines
 * and parabolas. No physics, no policy. It obeys calls the way a demo does and remembers them, so
 * that the page can be developed and tested without a simulator.
 */
export interface ScriptedSource {
  /** Every call, in order of arrival, with the wall time it came, ms. */
  readonly calls: readonly {
    readonly method: MethodName
    readonly params: unknown
    readonly at_ms: number
  }[]
  /** Steps taken so far. */
  readonly steps: number
  readonly paused: boolean
  readonly target_w: readonly number[]
  /** Present while a pull is valid. */
  readonly pulled: string | null
  stop(): void
}

const dt_s = 1 / 60
const cycle_s = 12

const skills: readonly SkillDescription[] = [
  {
    name: 'dribbleForward',
    title: 'Dribble forward',
    color: 0,
    goals: ['linVelX_mps', 'linVelY_mps', 'yawRate_radps'],
    ranges: [
      [-1, 1],
      [-1, 1],
      [-1, 1],
    ],
    marks: [{ kind: 'velocity', goals: ['linVelX_mps', 'linVelY_mps', 'yawRate_radps'] }],
  },
  { name: 'dribbleLeft', title: 'Dribble left', color: 1, goals: [] },
  { name: 'dribbleRight', title: 'Dribble right', color: 2, goals: [] },
  { name: 'pickUp', title: 'Pick up', color: 3, goals: [] },
  { name: 'shot', title: 'Jump shot', color: 4, goals: [] },
]

/** Publish the script on a hub until stopped. */
export function playScript(
  hub: Hub,
  options: { readonly perJoint?: boolean } = {},
): ScriptedSource {
  const { perJoint = true } = options
  const robot = describeRobot({ id: 'robot-0', robot: ballplayer })
  const objects = [ballObject('regulation'), hoopObject(2.6)].map(describeObject)
  const dofs = robot.dofNames.length
  const nLinks = robot.links.length
  hub.setScene({
    title: 'Scripted player',
    description: 'A test double: no physics behind it.',
    ground: {},
    objects,
    court: {
      hoop_w: [0, 0, 0],
      yaw: 0,
      width: 15,
      length: 14,
      arcRadius: 6.75,
      keyWidth: 4.9,
      keyLength: 5.8,
    },
  })
  hub.setRobots([robot])
  hub.setSkills(skills)
  const bodies = hub.openChannel(bodiesSpec({ robot, objects }))
  const blend = hub.openChannel(blendSpec({ robot, skills, perJoint }))
  const writer = createBodiesWriter(bodies, robot)
  const blendFrame = createEncoder(blend)

  const q = new Float64Array(dofs)
  const linkPos = new Float64Array(nLinks * 3)
  const linkQuat = new Float64Array(nLinks * 4)
  const objectPos = new Float64Array(6)
  const objectQuat = new Float64Array([0, 0, 0, 1, 0, 0, 0, 1])
  const objectVel = new Float64Array(6)
  const feet = new Float64Array(2)
  const weights = new Float64Array(skills.length)
  const target = [2.5, 1.5, 0]
  const offset = [0, 0]
  const calls: { method: MethodName; params: unknown; at_ms: number }[] = []
  let override: Float64Array | null = null
  const goal = { linVelX_mps: 0.8, linVelY_mps: 0, yawRate_radps: 0.5 }
  let goalByHand: Readonly<Record<string, number>> | null = null
  let time_s = 0
  let steps = 0
  let paused = false
  let speed = 1
  let seed = 7
  let owed_s = 0
  let last_ms = performance.now()
  let isCut = true
  let pull: { link: string; to: readonly number[]; until_ms: number } | null = null

  const dof = (name: string): number => robot.dofNames.indexOf(name)
  const announce = (): void =>
    hub.setWorld({
      paused,
      speed,
      seed,
      controller: 'script',
      controllers: ['script'],
      targets: [{ name: 'spot', pos_w: [target[0], target[1], target[2]] }],
    })

  function obey(call: HubCall): void {
    calls.push({ method: call.method, params: call.params, at_ms: performance.now() })
    switch (call.method) {
      case 'world.pause':
        paused = call.params.paused
        break
      case 'world.step':
        paused = true
        for (let i = 0; i < call.params.count; i++) step()
        break
      case 'world.speed':
        speed = call.params.speed
        break
      case 'world.reset':
        seed = call.params.seed ?? seed + 1
        time_s = 0
        isCut = true
        hub.cut(0, 'reset')
        hub.event('reset', { reason: 'asked', seed }, { time_s, robot: robot.id })
        announce()
        call.accept({ seed })
        return
      case 'world.push':
        if (!pull) hub.event('push', { link: call.params.link }, { time_s, robot: robot.id })
        pull = {
          link: call.params.link,
          to: call.params.target_w,
          until_ms: performance.now() + call.params.validFor_ms,
        }
        break
      case 'world.kick':
        offset[0] += call.params.impulse_w[0] * 0.01
        offset[1] += call.params.impulse_w[1] * 0.01
        break
      case 'world.placeObject': {
        const i = objects.findIndex((o) => o.name === call.params.object)
        if (i >= 0) objectPos.set(call.params.pos_w, i * 3)
        break
      }
      case 'target.place':
        target.splice(0, 3, ...call.params.pos_w)
        break
      case 'skill.select': {
        const k = skills.findIndex((s) => s.name === call.params.skill)
        override = k < 0 ? null : Float64Array.from(skills, (_, i) => (i === k ? 1 : 0))
        break
      }
      case 'skill.weights': {
        const wanted = call.params.weights
        override = wanted && Float64Array.from(skills, (s) => wanted[s.name] ?? 0)
        break
      }
      case 'skill.goal':
        goalByHand = call.params.goal
        break
      default:
        call.refuse({ code: 'not-available', text: `the script has no ${call.method}` })
        return
    }
    announce()
    call.accept(null)
  }

  function step(): void {
    time_s += dt_s
    steps++
    const now_ms = performance.now()
    if (pull && now_ms > pull.until_ms) pull = null
    const phase = time_s % cycle_s
    pose(phase)
    mix(phase)
    if (Math.abs(phase - 10.4) < dt_s / 2) {
      const event = { object: 'ball', target: 'hoop', made: true, distance_m: 4 }
      hub.event('basket', event, { time_s, robot: robot.id })
    }
    if (Math.abs(phase - 9.2) < dt_s / 2) {
      const at = [objectPos[0], objectPos[1], objectPos[2]] as const
      hub.event('shot', { object: 'ball', pos_w: at, linVel_w: [0, 0, 5] }, { time_s })
    }
    publish()
  }

  function publish(): void {
    const state = {
      q,
      linkPos_w: linkPos,
      linkQuat_w: linkQuat,
      objectPos_w: objectPos,
      objectQuat_w: objectQuat,
      objectLinVel_w: objectVel,
      footContact: feet,
    }
    writer.set(0, state)
    const flags = frameFlags.simulated | (isCut ? frameFlags.cut : 0)
    hub.publish(bodies, writer.encode(time_s, flags))
    isCut = false
    if (steps % 3 !== 0) return
    const { values } = blendFrame
    let lead = 0
    for (let k = 0; k < skills.length; k++) {
      values.weights[k] = weights[k]
      if (weights[k] > weights[lead]) lead = k
      if (!perJoint) continue
      for (let j = 0; j < dofs; j++) {
        const isArm = /Arm|hand|clavicle|Hand|Clavicle/.test(robot.dofNames[j])
        values.jointWeights[k * dofs + j] = Math.min(1, weights[k] * (isArm === k >= 3 ? 1.2 : 0.8))
      }
    }
    values.active[0] = weights[lead] > 0.5 ? lead : noActiveSkill
    values.override[0] = (override ? 1 : 0) | (goalByHand ? 2 : 0)
    values.goals.set(Object.values({ ...goal, ...goalByHand }))
    hub.publish(blend, blendFrame.encode(time_s))
  }

  function mix(phase: number): void {
    const near = (from: number, to: number): number =>
      Math.min(1, Math.max(0, (phase - from) / 0.5)) * Math.min(1, Math.max(0, (to - phase) / 0.5))
    const turn = Math.sin((2 * Math.PI * time_s) / 5)
    const raw = [
      near(-1, 8.4) * (0.6 + 0.2 * Math.cos(time_s)),
      near(-1, 8.4) * Math.max(0, turn) * 0.7,
      near(-1, 8.4) * Math.max(0, -turn) * 0.7,
      near(10.2, 13),
      near(8, 10.6),
    ]
    const sum = raw.reduce((a, b) => a + b, 0) || 1
    for (let k = 0; k < raw.length; k++) {
      const wanted = override ? override[k] : raw[k] / sum
      weights[k] += 0.2 * (wanted - weights[k])
    }
  }

  function pose(phase: number): void {
    const angle = 0.55 * time_s
    const stride = 2 * Math.PI * 1.5 * time_s
    const x = 4 + 1.5 * Math.cos(angle)
    const y = 1.5 * Math.sin(angle)
    const yaw = phase < 8 || phase > 10.4 ? angle + Math.PI / 2 : Math.atan2(-y, -x)
    if (pull) {
      offset[0] += 0.06 * (pull.to[0] - (x + offset[0]))
      offset[1] += 0.06 * (pull.to[1] - (y + offset[1]))
    }
    offset[0] *= 0.97
    offset[1] *= 0.97
    const jump = phase > 8.9 && phase < 9.6 ? 0.5 * Math.sin((Math.PI * (phase - 8.9)) / 0.7) : 0
    linkPos.set([x + offset[0], y + offset[1], 0.9 + 0.02 * Math.cos(2 * stride) + 0.5 * jump])
    const lean = quatFromRpy(-0.3 * offset[1], 0.06 + 0.3 * offset[0], 0)
    linkQuat.set(quatMul(quatFromYaw(yaw), quatMul(lean, ballplayer.standingQuat)))
    q.fill(0)
    const swing = phase > 8 && phase < 10.4 ? 0.1 : 1
    for (const [side, sign] of [
      ['left', 1],
      ['right', -1],
    ] as const) {
      const s = Math.sin(stride + (sign > 0 ? 0 : Math.PI))
      q[dof(`${side}Thigh_x`)] = -0.42 * s * swing - 0.1
      q[dof(`${side}Shin_x`)] =
        (0.3 + 0.35 * Math.cos(stride + (sign > 0 ? 0 : Math.PI))) * swing - 0.2 * jump
      q[dof(`${side}Foot_x`)] = -0.1 * swing + 0.2 * s * swing
      feet[sign > 0 ? 0 : 1] = s < 0 ? 1 : 0
    }
    const bounce = (time_s / 0.62) % 1
    const height = 0.12 + 0.78 * (1 - (2 * bounce - 1) ** 2)
    const shooting = phase > 8 && phase < 10.4
    const reach = shooting ? Math.min(1, (phase - 8) / 0.9) : 0
    q[dof('rightForearm_y')] = 0.35 * (height - 0.5) + 0.3 * reach
    q[dof('rightUpperArm_z')] = 0.9 * reach
    q[dof('leftUpperArm_z')] = -0.9 * reach
    q[dof('leftForearm_y')] = -0.4 * Math.sin(stride) * swing
    const c = Math.cos(yaw)
    const n = Math.sin(yaw)
    if (phase < 8) {
      objectPos[0] = x + offset[0] + 0.36 * c + 0.26 * n
      objectPos[1] = y + offset[1] + 0.36 * n - 0.26 * c
      objectPos[2] = height
      objectVel[2] = (0.78 * -4 * (2 * bounce - 1)) / 0.62
    } else if (phase < 9.2) {
      objectPos.set([x + 0.32 * c, y + 0.32 * n, 1.0 + 0.8 * reach + 0.5 * jump])
      objectVel[2] = 0
    } else if (phase < 10.4) {
      const u = (phase - 9.2) / 1.2
      const [hx, hy] = [objectPos[3], objectPos[4]]
      objectPos[0] = (x + 0.32 * c) * (1 - u) + hx * u
      objectPos[1] = (y + 0.32 * n) * (1 - u) + hy * u
      objectPos[2] = 1.9 * (1 - u) + 2.6 * u + 3.4 * u * (1 - u)
      objectVel[2] = 0
    } else {
      const u = (phase - 10.4) / 1.6
      objectPos[0] = objectPos[3] * (1 - u) + (x + 0.4 * c) * u
      objectPos[1] = objectPos[4] * (1 - u) + (y + 0.4 * n) * u
      objectPos[2] = Math.max(0.12, 2.4 - 12 * u * u)
      objectVel[2] = 0
    }
    const spin = quatFromRpy(time_s * 3, time_s * 5, 0)
    objectQuat.set(spin, 0)
  }

  const subscription = hub.calls$.subscribe(obey)
  announce()
  const timer = setInterval(() => {
    hub.drain()
    const now_ms = performance.now()
    owed_s = paused ? 0 : Math.min(0.2, owed_s + ((now_ms - last_ms) / 1000) * speed)
    last_ms = now_ms
    while (owed_s >= dt_s) {
      owed_s -= dt_s
      step()
    }
  }, 8)
  return {
    calls,
    get steps() {
      return steps
    },
    get paused() {
      return paused
    },
    get target_w() {
      return target
    },
    get pulled() {
      return pull && performance.now() <= pull.until_ms ? pull.link : null
    },
    stop() {
      clearInterval(timer)
      subscription.unsubscribe()
    },
  }
}

/** A server with the script on it. */
export async function startScriptedServer(options: {
  readonly port: number
  readonly staticDir: string
}): Promise<{
  readonly source: ScriptedSource
  readonly url: string
  readonly port: number
  close(): Promise<void>
}> {
  const server = await createStreamServer(options)
  const source = playScript(server.hub)
  return {
    source,
    url: server.url,
    port: server.port,
    close: async () => {
      source.stop()
      await server.close()
    },
  }
}
