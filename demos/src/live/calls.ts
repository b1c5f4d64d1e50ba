import { objectIndex } from '@skillweave/model'
import type { MethodName, MethodParams, Vec3 } from '@skillweave/protocol'
import type { HubCall } from '@skillweave/stream/hub'
import type { Pace } from './pace.ts'
import type { Pusher } from './pusher.ts'
import type { DemoSession, Emit } from './session.ts'

export type RewindCall = Extract<HubCall, { method: 'world.rewind' }>

/** What calls do something to. */
export interface CalledRun {
  readonly session: DemoSession
  readonly pace: Pace
  /** Another one after a reset. */
  readonly pusher: () => Pusher
  readonly emit: Emit
  /** Do something to the run, and know how to do it again after a rewind. */
  act(deed: () => void): void
  /** Tell everybody how the world is now. */
  announce(): void
  /** Start again; returns the seed. */
  reset(seed: number | undefined): number
  /** Answers the call when it is done, or cannot be. */
  rewind(call: RewindCall): void
  /** Ask the robot for a velocity that holds so long. */
  steer(velocity: Vec3, validFor_ms: number): void
}

/** Do what a call asks and answer it. What cannot be done is refused with a sentence. */
export function answer(run: CalledRun, call: HubCall): void {
  try {
    obey(run, call)
  } catch (error) {
    call.refuse({ code: 'refused', text: (error as Error).message })
  }
}

function obey(run: CalledRun, call: HubCall): void {
  const { session, pace, pusher, emit } = run
  switch (call.method) {
    case 'world.pause':
      pace.pause(call.params.paused)
      run.announce()
      break
    case 'world.step':
      pace.step(call.params.unit === 'control' ? call.params.count : 1)
      run.announce()
      break
    case 'world.speed':
      pace.setSpeed(call.params.speed)
      run.announce()
      break
    case 'world.reset':
      call.accept({ seed: run.reset(call.params.seed) })
      return
    case 'world.rewind':
      run.rewind(call)
      return
    case 'world.push':
      if (pusher().force_w.every((f) => f === 0)) emit('push', { link: call.params.link })
      pusher().pull(call.params, performance.now())
      break
    case 'world.kick':
      pusher().kick(call.params)
      emit('push', { link: call.params.link, impulse_w: call.params.impulse_w })
      break
    case 'world.placeObject':
      placeObject(run, call.params)
      break
    case 'target.place': {
      const { target, pos_w } = call.params
      if (!placeTarget(run, target, pos_w)) {
        const known = session.targets.map((t) => t.name)
        call.refuse({ code: 'unknown-name', text: `no target "${target}"`, known })
        return
      }
      break
    }
    case 'skill.select': {
      const { skill } = call.params
      setWeights(run, { weights: skill === null ? null : { [skill]: 1 } })
      break
    }
    case 'skill.weights':
      if (call.params.mode === 'bias') {
        const text = "this run puts weights in place of the controller's: no bias"
        call.refuse({ code: 'not-available', text })
        return
      }
      setWeights(run, call.params)
      break
    case 'skill.goal': {
      const { skill, goal } = call.params
      const override = session.goals?.override
      if (!override) throw new Error('the goals of these skills cannot be set by hand')
      run.act(() => override.replace(skill, goal))
      break
    }
    case 'controller.select': {
      const { controllers } = session
      if (!controllers) throw new Error('this demo has nothing to choose a controller from')
      run.act(() => controllers.select(call.params.controller))
      run.announce()
      break
    }
    case 'command.velocity': {
      const { linVelX_mps, linVelY_mps, yawRate_radps, validFor_ms } = call.params
      if (!session.steer) throw new Error('this robot is not asked for velocities in this demo')
      run.steer([linVelX_mps, linVelY_mps, yawRate_radps], validFor_ms)
      break
    }
    default:
      call.refuse({ code: 'not-available', text: `this demo has no ${call.method}` })
      return
  }
  call.accept(null)
}

/** An object, or a target that is one. */
function placeObject(run: CalledRun, params: MethodParams<'world.placeObject'>): void {
  const { object, pos_w, quat_w, linVel_w, angVel_w } = params
  if (placeTarget(run, object, pos_w)) return
  const { env } = run.session
  const index = objectIndex(env.task.scene, object)
  run.act(() => {
    env.simulator.placeObject(0, index, pos_w, {
      ...(quat_w ? { quat_w } : {}),
      ...(linVel_w ? { linVel_w } : {}),
      ...(angVel_w ? { angVel_w } : {}),
    })
    env.refresh(0)
  })
}

/** Returns whether there is such a target. */
function placeTarget(run: CalledRun, name: string, pos_w: Vec3): boolean {
  const { session } = run
  const target = session.targets.find((t) => t.name === name)
  if (!target) return false
  run.act(() => {
    target.place(pos_w)
    session.env.refresh(0)
  })
  run.announce()
  return true
}

function setWeights(
  { session, act }: CalledRun,
  wish: Pick<MethodParams<'skill.weights'>, 'weights' | 'joints' | 'ramp_s'>,
): void {
  const blend = session.blend?.()
  if (!blend) throw new Error('this demo blends no skills')
  act(() => blend.override.replace(wish.weights, wish.joints, wish.ramp_s))
}

/** The calls that `answer` carries out for a session. */
export function acceptedBy(session: DemoSession): MethodName[] {
  const floats = session.env.robot.standingHeight > 0
  return [
    'world.pause',
    'world.step',
    'world.speed',
    'world.reset',
    'world.rewind',
    'world.push',
    ...(floats ? (['world.kick'] as const) : []),
    ...(session.env.task.scene.objects.length > 0 ? (['world.placeObject'] as const) : []),
    ...(session.targets.length > 0 ? (['target.place'] as const) : []),
    ...(session.blend ? (['skill.select', 'skill.weights'] as const) : []),
    ...(session.goals?.override ? (['skill.goal'] as const) : []),
    ...(session.controllers ? (['controller.select'] as const) : []),
    ...(session.steer ? (['command.velocity'] as const) : []),
  ]
}
