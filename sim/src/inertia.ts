import { bindKinematics, dofCount, type Robot } from '@skillweave/model'
import { type ActuatorGains, bindActuators } from './actuators.ts'
import { openBodies } from './body-access.ts'
import { buildRobot } from './build.ts'
import type { RapierModule } from './rapier.ts'

/**
 * The inertia each coordinate sees at `robot.qDefault` with everything else free, kg·m² or kg [nDof].
 * Measured in the engine: a unit torque on the joint's two bodies, weightless, for one short step;
 * without limits, because a default pose may sit on one.
 */
export function measureInertia(module: RapierModule, robot: Robot): Float64Array {
  const { R } = module
  const dt = 1e-3
  const nDof = dofCount(robot.model)
  const nLinks = robot.model.links.length
  const kinematics = bindKinematics(robot.model)
  const links = {
    pos: new Float64Array(3 * nLinks),
    quat: new Float64Array(4 * nLinks),
    linVel: new Float64Array(3 * nLinks),
    angVel: new Float64Array(3 * nLinks),
  }
  links.quat[3] = 1
  kinematics.poses(links, robot.qDefault, 0)

  const world = new R.World({ x: 0, y: 0, z: 0 })
  world.timestep = dt
  world.numSolverIterations = 4
  world.numInternalPgsIterations = 40
  const bodies = buildRobot(R, world, robot, links, undefined, 'unlimited')
  // Angular velocities and origins' velocities need no positions: nothing moves in a millisecond.
  const access = openBodies(module, world, bodies, 'api')
  const targets = vectors(nDof)
  const actuators = bindActuators(
    robot,
    noGains(nDof),
    {
      targets,
      disturbances: [{ force_w: links.pos, torque_w: links.pos, enabled: false }],
      gainScale: new Float64Array(1),
      tau: new Float64Array(nDof),
    },
    1,
    nLinks,
  )

  const inertia = new Float64Array(nDof)
  const rates = new Float64Array(nDof)
  const zero = { x: 0, y: 0, z: 0 }
  for (let d = 0; d < nDof; d++) {
    for (let k = 0; k < nLinks; k++) {
      const [x, y, z] = links.pos.subarray(3 * k, 3 * k + 3)
      const [qx, qy, qz, qw] = links.quat.subarray(4 * k, 4 * k + 4)
      bodies[k].setTranslation({ x, y, z }, true)
      bodies[k].setRotation({ x: qx, y: qy, z: qz, w: qw }, true)
      bodies[k].setLinvel(zero, true)
      bodies[k].setAngvel(zero, true)
    }
    targets.tauFf.fill(0)
    targets.tauFf[d] = 1
    access.pull(0, nLinks)
    actuators.apply(access)
    world.step()
    for (let k = 0; k < nLinks; k++) {
      const v = bodies[k].velocityAtPoint(bodies[k].translation())
      const w = bodies[k].angvel()
      links.linVel.set([v.x, v.y, v.z], 3 * k)
      links.angVel.set([w.x, w.y, w.z], 3 * k)
    }
    kinematics.rates(rates, links, 0)
    inertia[d] = dt / Math.max(rates[d], 1e-9)
  }
  world.free()
  return inertia
}

const vectors = (nDof: number) => ({
  qTarget: new Float64Array(nDof),
  dqTarget: new Float64Array(nDof),
  tauFf: new Float64Array(nDof),
})

const noGains = (nDof: number): ActuatorGains => ({
  kp: new Float64Array(nDof),
  kd: new Float64Array(nDof),
  effort: new Float64Array(nDof).fill(Number.POSITIVE_INFINITY),
  solved: new Float64Array(nDof),
  damping: new Float64Array(nDof),
  frictionLoss: new Float64Array(nDof),
  frictionSlope: new Float64Array(nDof),
})

/**
 * Gains as PD will use them. With `robot.gainLimit`, kp ≤ stiffness · I/dt² and kd ≤ damping · I/dt,
 * the joint's own damping counting towards the latter; or all of kd is left to the solver. Dry friction is a steep viscous slope up to its limit; a steeper one
 * would make a resting joint rattle.
 */
export function limitGains(robot: Robot, inertia: Float64Array, dt: number): ActuatorGains {
  const nDof = inertia.length
  const gains = {
    ...noGains(nDof),
    kp: Float64Array.from(robot.kp),
    kd: Float64Array.from(robot.kd),
    effort: Float64Array.from(robot.effort),
  }
  const limit: NonNullable<Robot['gainLimit']> = robot.gainLimit ?? {
    stiffness: Number.POSITIVE_INFINITY,
    damping: Number.POSITIVE_INFINITY,
  }
  for (const joint of robot.model.joints) {
    const n = joint.type === 'spherical' ? 3 : 1
    for (let d = joint.dof; d < joint.dof + n; d++) {
      const isSolved = limit.damping === 'solver'
      const kdMax = isSolved ? Number.POSITIVE_INFINITY : (limit.damping * inertia[d]) / dt
      gains.damping[d] = Math.min(joint.damping, kdMax)
      gains.kd[d] = Math.min(robot.kd[d], kdMax - gains.damping[d])
      if (isSolved) gains.solved[d] = gains.kd[d]
      gains.kp[d] = Math.min(robot.kp[d], (limit.stiffness * inertia[d]) / dt ** 2)
      gains.frictionLoss[d] = joint.frictionLoss
      gains.frictionSlope[d] = (0.2 * inertia[d]) / dt
    }
  }
  return gains
}
