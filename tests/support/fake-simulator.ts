import {
  bindKinematics,
  dofCount,
  type ResetState,
  type Simulator,
  type SimulatorOptions,
  type StateView,
} from '@skillweave/model'

/** A simulator without physics: what a test writes into its states is the state. */
export interface FakeSimulator extends Simulator {
  /** Arguments of every call of `step`, in order. */
  readonly stepCalls: number[]
  /** Called by `step`: the place to move things. */
  onStep: (() => void) | undefined
}

export function fakeSimulator({ robot, scene, nEnvs }: SimulatorOptions): FakeSimulator {
  const nDof = dofCount(robot.model)
  const nLinks = robot.model.links.length
  const kinematics = bindKinematics(robot.model)
  const zeros = (n: number) => new Float64Array(n)
  const states = Array.from({ length: nEnvs }, (_, index): StateView => {
    const quat = zeros(4 * scene.objects.length)
    for (let k = 3; k < quat.length; k += 4) quat[k] = 1
    return {
      index,
      q: zeros(nDof),
      dq: zeros(nDof),
      tau: zeros(nDof),
      linkPos_w: zeros(3 * nLinks),
      linkQuat_w: zeros(4 * nLinks),
      linkLinVel_w: zeros(3 * nLinks),
      linkAngVel_w: zeros(3 * nLinks),
      objectPos_w: zeros(3 * scene.objects.length),
      objectQuat_w: quat,
      objectLinVel_w: zeros(3 * scene.objects.length),
      objectAngVel_w: zeros(3 * scene.objects.length),
      footContact: zeros(robot.feet.length),
    }
  })
  const place = (e: number, to: ResetState) => {
    const s = states[e]
    s.q.set(to.q)
    s.dq.set(to.dq ?? zeros(nDof))
    s.linkPos_w.set(to.basePos_w)
    s.linkQuat_w.set(to.baseQuat_w)
    s.linkLinVel_w.set(to.baseLinVel_w ?? [0, 0, 0])
    s.linkAngVel_w.set(to.baseAngVel_w ?? [0, 0, 0])
    const links = { pos: s.linkPos_w, quat: s.linkQuat_w }
    kinematics.poses(links, s.q, 0)
    kinematics.velocities({ ...links, linVel: s.linkLinVel_w, angVel: s.linkAngVel_w }, s.dq, 0)
  }
  const simulator: FakeSimulator = {
    nEnvs,
    robot,
    scene,
    gains: {
      kp: Float64Array.from(robot.kp),
      kd: Float64Array.from(robot.kd),
      effort: Float64Array.from(robot.effort),
    },
    states,
    controls: states.map(() => ({
      qTarget: Float64Array.from(robot.qDefault),
      dqTarget: zeros(nDof),
      tauFf: zeros(nDof),
    })),
    disturbances: states.map(() => ({
      force_w: zeros(3 * nLinks),
      torque_w: zeros(3 * nLinks),
      enabled: false,
    })),
    stepCalls: [],
    onStep: undefined,
    step: (nSteps) => {
      simulator.stepCalls.push(nSteps)
      simulator.onStep?.()
    },
    reset: place,
    placeObject: (e, object, pos_w, options = {}) => {
      const s = states[e]
      s.objectPos_w.set(pos_w, 3 * object)
      s.objectQuat_w.set(options.quat_w ?? [0, 0, 0, 1], 4 * object)
      s.objectLinVel_w.set(options.linVel_w ?? [0, 0, 0], 3 * object)
      s.objectAngVel_w.set(options.angVel_w ?? [0, 0, 0], 3 * object)
    },
    addVelocity: () => {},
    randomize: () => {},
    snapshot: () => new Uint8Array(0),
    restore: () => {},
    hash: () => 0,
    dispose: () => {},
  }
  for (let e = 0; e < nEnvs; e++) {
    place(e, {
      basePos_w: [0, 0, robot.standingHeight],
      baseQuat_w: robot.standingQuat,
      q: robot.qDefault,
    })
  }
  return simulator
}
