import {
  array,
  boolean,
  type Check,
  integer,
  literal,
  nullable,
  number,
  numberRecord,
  optional,
  quat,
  shape,
  string,
  vec3,
} from './checks.ts'
import type { Quat, Vec3 } from './description.ts'
import type { Role } from './messages.ts'

/** Parameters and answer of every method that exists now. */
export interface Methods {
  'world.pause': { params: { readonly paused: boolean }; value: null }
  'world.step': {
    params: { readonly count: number; readonly unit: 'control' | 'physics' }
    value: null
  }
  /** Times real time, 1/64 … 64. */
  'world.speed': { params: { readonly speed: number }; value: null }
  /** Absent seed: a new one. */
  'world.reset': { params: { readonly seed?: number }; value: { readonly seed: number } | null }
  /**
   * Go back to a moment of this run and on from there. `exact`: the state there has the hash it had
   * the first time.
   */
  'world.rewind': {
    params: { readonly time_s: number }
    value: { readonly time_s: number; readonly exact: boolean }
  }
  /** A spring from a point of a link (link frame, m) to a point of the world, for a while; renew at 30 Hz. */
  'world.push': {
    params: {
      readonly robot: string
      readonly link: string
      readonly point_b: Vec3
      readonly target_w: Vec3
      /** At most 200. */
      readonly validFor_ms: number
    }
    value: null
  }
  /** One impulse on a link's centre of mass, N·s, world frame. */
  'world.kick': {
    params: { readonly robot: string; readonly link: string; readonly impulse_w: Vec3 }
    value: null
  }
  'world.placeObject': {
    params: {
      readonly object: string
      readonly pos_w: Vec3
      readonly quat_w?: Quat
      readonly linVel_w?: Vec3
      readonly angVel_w?: Vec3
    }
    value: null
  }
  'target.place': { params: { readonly target: string; readonly pos_w: Vec3 }; value: null }
  /** What the user asks of the robot, base frame. Silence beyond the validity is zero. */
  'command.velocity': {
    params: {
      readonly robot?: string
      readonly linVelX_mps: number
      readonly linVelY_mps: number
      readonly yawRate_radps: number
      /** At most 500. */
      readonly validFor_ms: number
    }
    value: null
  }
  /** Weights by hand: instead of the controller's (`override`) or added to them (`bias`). null gives control back. */
  'skill.weights': {
    params: {
      readonly robot?: string
      readonly weights: Readonly<Record<string, number>> | null
      /** Coordinates this concerns, by name; absent: all. */
      readonly joints?: readonly string[]
      readonly mode: 'override' | 'bias'
      readonly ramp_s?: number
    }
    value: null
  }
  /** Overrides some numbers of a skill's goal; null gives it back. */
  'skill.goal': {
    params: {
      readonly robot?: string
      readonly skill: string
      readonly goal: Readonly<Record<string, number>> | null
    }
    value: null
  }
  /** Run this skill alone; null gives the choice back. */
  'skill.select': {
    params: { readonly robot?: string; readonly skill: string | null }
    value: null
  }
  'controller.select': {
    params: { readonly robot?: string; readonly controller: string }
    value: null
  }
  /** Be the one whose commands count. `layoutHash`: of the command channel as the controller knows it. */
  'lease.request': {
    params: { readonly robot: string; readonly layoutHash: string }
    value: { readonly epoch: number; readonly ttl_ms: number }
  }
  'lease.release': { params: { readonly robot: string }; value: null }
  'preflight.run': {
    params: { readonly robot: string }
    value: { readonly passed: boolean; readonly failures: readonly string[] }
  }
  'robot.pose': { params: { readonly robot: string }; value: null }
  'robot.start': { params: { readonly robot: string }; value: null }
  'robot.hold': { params: { readonly robot: string }; value: null }
  'robot.damp': { params: { readonly robot: string }; value: null }
  /** Ends a latched stop; the robot does not move. */
  'stop.reset': { params: { readonly robot: string }; value: null }
  /** Go to a moment of a recording and on from there. */
  'replay.seek': { params: { readonly time_s: number }; value: null }
}

export type MethodName = keyof Methods
export type MethodParams<M extends MethodName> = Methods[M]['params']
export type MethodValue<M extends MethodName> = Methods[M]['value']

/** A checked call: `params` belong to `method`. */
export type Call = {
  readonly [M in MethodName]: { readonly method: M; readonly params: MethodParams<M> }
}[MethodName]

/** The error codes of `result`. */
export const callErrorCodes = [
  'bad-params',
  'unknown-method',
  'not-available',
  'not-allowed',
  'unknown-name',
  'refused',
  'busy',
  'gone',
] as const

export type CallErrorCode = (typeof callErrorCodes)[number]

/** Who may call it, and how its parameters are checked. The table of docs/protocol.md. */
export const methods: {
  readonly [M in MethodName]: { readonly role: Role; readonly params: Check<MethodParams<M>> }
} = {
  'world.pause': { role: 'operator', params: shape({ paused: boolean }) },
  'world.step': {
    role: 'operator',
    params: shape({ count: integer(1, 10_000), unit: literal('control', 'physics') }),
  },
  'world.speed': { role: 'operator', params: shape({ speed: number(1 / 64, 64) }) },
  'world.reset': { role: 'operator', params: shape({ seed: optional(integer(0, 2 ** 32 - 1)) }) },
  'world.rewind': { role: 'operator', params: shape({ time_s: number(0, 1e9) }) },
  'world.push': {
    role: 'operator',
    params: shape({
      robot: string,
      link: string,
      point_b: vec3,
      target_w: vec3,
      validFor_ms: number(1, 200),
    }),
  },
  'world.kick': {
    role: 'operator',
    params: shape({ robot: string, link: string, impulse_w: vec3 }),
  },
  'world.placeObject': {
    role: 'operator',
    params: shape({
      object: string,
      pos_w: vec3,
      quat_w: optional(quat),
      linVel_w: optional(vec3),
      angVel_w: optional(vec3),
    }),
  },
  'target.place': { role: 'operator', params: shape({ target: string, pos_w: vec3 }) },
  'command.velocity': {
    role: 'operator',
    params: shape({
      robot: optional(string),
      linVelX_mps: number(-10, 10),
      linVelY_mps: number(-10, 10),
      yawRate_radps: number(-20, 20),
      validFor_ms: number(1, 500),
    }),
  },
  'skill.weights': {
    role: 'operator',
    params: shape({
      robot: optional(string),
      weights: nullable(numberRecord(0, 1)),
      joints: optional(array(string, 256)),
      mode: literal('override', 'bias'),
      ramp_s: optional(number(0, 10)),
    }),
  },
  'skill.goal': {
    role: 'operator',
    params: shape({
      robot: optional(string),
      skill: string,
      goal: nullable(numberRecord(-1e6, 1e6)),
    }),
  },
  'skill.select': {
    role: 'operator',
    params: shape({ robot: optional(string), skill: nullable(string) }),
  },
  'controller.select': {
    role: 'operator',
    params: shape({ robot: optional(string), controller: string }),
  },
  'lease.request': { role: 'controller', params: shape({ robot: string, layoutHash: string }) },
  'lease.release': { role: 'controller', params: shape({ robot: string }) },
  'preflight.run': { role: 'controller', params: shape({ robot: string }) },
  'robot.pose': { role: 'controller', params: shape({ robot: string }) },
  'robot.start': { role: 'controller', params: shape({ robot: string }) },
  'robot.hold': { role: 'controller', params: shape({ robot: string }) },
  'robot.damp': { role: 'controller', params: shape({ robot: string }) },
  'stop.reset': { role: 'operator', params: shape({ robot: string }) },
  'replay.seek': { role: 'operator', params: shape({ time_s: number(0, 1e9) }) },
}

/** Whether a role may call a method: an operator may also do what a controller may. */
export const mayCall = (role: Role, needed: Role): boolean =>
  needed === 'spectator' || role === needed || (needed === 'controller' && role === 'operator')

/** Names that will mean something later, and for whom; calling one now is answered `not-available`. */
export const reservedMethods: Readonly<Record<string, string>> = {
  'world.snapshot': 'operator',
  'params.get': 'spectator',
  'params.set': 'operator',
  'record.start': 'operator',
  'record.stop': 'operator',
  'record.mark': 'operator',
  'replay.open': 'operator',
  'replay.play': 'operator',
  'lease.renew': 'controller',
  'plan.load': 'controller',
  'robot.declare': 'robot',
}
