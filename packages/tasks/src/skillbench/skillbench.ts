import {
  type CommandTerm,
  fallen,
  type ObservationTerm,
  objectLinVel,
  type Task,
  tilted,
  timeOut,
} from '@skillweave/mdp'
import type { Robot, Scene } from '@skillweave/model'
import {
  bodyEvents,
  bodySenses,
  type Conditions,
  humanoidAction,
  humanoidCommands,
  humanoidTiming,
  privilegedSenses,
} from '../humanoid.ts'
import type { PrimitiveName } from '../primitives.ts'
import { benchError, benchGoal, benchProgress } from './bench-command.ts'
import { buttonPress, cabinetClose, farReach, footballShoot, moveObject } from './goals.ts'
import {
  type BenchSize,
  benchSize,
  cabinetPos,
  cabinetScene,
  floorOnly,
  footballRadius,
  footballScene,
  onTable,
  packageScene,
  tableScene,
  wallScene,
} from './scenes.ts'

/** A reward term of the paper: weight · exp(−scale · error). */
interface PaperTerm {
  readonly weight: number
  readonly scale: number
}

/** What a task is made for: training and practice, or the paper's evaluation, which is shorter. */
export type BenchUse = 'training' | 'paper'

/** One SkillBench task, for any humanoid with the primitives it blends. */
export interface BenchTask {
  readonly description: string
  readonly skills: readonly PrimitiveName[]
  /** Error below which the paper counts success, m or rad. */
  readonly threshold: number
  /** Length of an episode in training, default 8 s, and in the paper's evaluation, default 2.5 s. */
  readonly episode_s?: Readonly<Record<BenchUse, number>>
  scene(size: BenchSize): Scene
  goal(size: BenchSize, use: BenchUse): CommandTerm
  readonly first: PaperTerm
  /** Absent: the task has one term. */
  readonly second?: PaperTerm
}

const five: PaperTerm = { weight: 5, scale: 4 }

/** x and y of the cube's start on the front table. m */
const cubeStart = (z: number) =>
  [
    [0.55, 0.65],
    [-0.3, 0.3],
    [z, z],
  ] as const

/** Start of the package on the floor. m */
const packageStart = (size: BenchSize) =>
  [
    [0.5, 0.7],
    [-0.05, 0.05],
    [size.package / 2, size.package / 2],
  ] as const

/** kg, also in evaluations. */
const packageMass = [0.1, 2] as const

export const benchTasks = {
  'far-reach': {
    description: 'walk to where both hands can be at targets, and hold them there',
    skills: ['walking', 'reaching'],
    threshold: 0.05,
    // Four goals of 5 s, and a little so that the last one ends.
    episode_s: { training: 24, paper: 20.1 },
    scene: () => floorOnly,
    goal: (size, use) =>
      farReach({
        radius: size.sphere,
        box: size.sphereBox,
        reach: size.reach,
        heightMax: size.reachHeight,
        hold_s: use === 'paper' ? 5 : 10,
      }),
    first: five,
  },
  'button-press': {
    description: 'press a button on a wall with the left hand',
    skills: ['walking', 'reaching'],
    threshold: 0.05,
    scene: () => wallScene,
    goal: ({ button: [height, spread] }) =>
      buttonPress({
        button: [
          [1.475, 1.475],
          [-0.5, 0.5],
          [height - spread, height + spread],
        ],
      }),
    first: five,
    second: { weight: 0.5, scale: 4 },
  },
  'cabinet-close': {
    description: 'close the two doors of a cabinet',
    skills: ['walking', 'reaching'],
    threshold: 0.01,
    scene: () => cabinetScene,
    goal: (size) =>
      cabinetClose({
        cabinet: 'cabinet',
        doors: ['rightDoor', 'leftDoor'],
        cabinetPos: cabinetPos(size),
        start: 1,
      }),
    first: five,
    second: five,
  },
  'football-shoot': {
    description: 'shoot a football into a goal',
    skills: ['walking', 'stepping'],
    threshold: 1.5,
    scene: () => footballScene,
    goal: () =>
      footballShoot({
        ball: 'ball',
        start: [
          [0.5, 1],
          [-0.3, 0.3],
          [footballRadius, footballRadius],
        ],
        target: [
          [5, 5],
          [-2, 2],
          [0, 0.5],
        ],
        mouth: { x: 4, halfWidth: 2, height: 2 },
        within: 1,
        mass: [0.3, 0.5],
      }),
    first: { weight: 5, scale: 1 },
    second: { weight: 1, scale: 4 },
  },
  'box-push': {
    description: 'push a box on a table to a place',
    skills: ['walking', 'reaching'],
    threshold: 0.05,
    scene: (size) => tableScene(size, 1),
    goal: (size) =>
      moveObject({
        object: 'box',
        start: cubeStart(onTable(size)),
        goal: [
          [0, 0.1],
          [-0.5, 0.5],
          [0, 0],
        ],
        goalFrom: 'start',
        error: 'all',
      }),
    first: five,
    second: five,
  },
  'package-lift': {
    description: 'lift a package off the floor',
    skills: ['reaching', 'squatting'],
    threshold: 0.1,
    scene: packageScene,
    goal: (size) =>
      moveObject({
        object: 'package',
        start: packageStart(size),
        goal: [[0, 0], [0, 0], size.lift],
        goalFrom: 'start',
        error: 'height',
        mass: packageMass,
      }),
    first: five,
    second: five,
  },
  'box-transfer': {
    description: 'bring a box from the table in front to the table behind',
    skills: ['walking', 'reaching'],
    threshold: 0.05,
    scene: (size) => tableScene(size, 2),
    goal: (size) =>
      moveObject({
        object: 'box',
        start: cubeStart(onTable(size)),
        goal: [
          [-0.65, -0.55],
          [-0.3, 0.3],
          [onTable(size), onTable(size)],
        ],
        goalFrom: 'world',
        error: 'all',
      }),
    first: five,
    second: { weight: 1, scale: 4 },
  },
  'package-carry': {
    description: 'lift a package and carry it to a place in the air',
    skills: ['walking', 'reaching', 'squatting'],
    threshold: 0.1,
    scene: packageScene,
    goal: (size) =>
      moveObject({
        object: 'package',
        start: packageStart(size),
        goal: [[0.3, 1], [-0.3, 0.3], size.lift],
        goalFrom: 'start',
        error: 'all',
        mass: packageMass,
      }),
    first: five,
    second: five,
  },
} as const satisfies Record<string, BenchTask>

export type BenchName = keyof typeof benchTasks

export const benchNames = Object.keys(benchTasks) as BenchName[]

export const benchTask = (name: BenchName): BenchTask => benchTasks[name]

/** How long an episode lasts, s. */
export const benchEpisode_s = (name: BenchName, use: BenchUse): number =>
  (benchTask(name).episode_s ?? { training: 8, paper: 2.5 })[use]

/** A SkillBench task as one definition for every controller. */
export function skillbench(
  robot: Robot,
  name: BenchName,
  conditions: Conditions,
  use: BenchUse = 'training',
): Task {
  const table: BenchTask = benchTasks[name]
  const size = benchSize(robot)
  const scene = table.scene(size)
  const events = bodyEvents(conditions, { yawSpread: 0 })
  const squats = table.skills.includes('squatting')
  const term = (which: 'first' | 'second', { weight, scale }: PaperTerm) => ({
    [which]: { weight, term: benchError({ command: 'goal', which, scale }) },
  })
  return {
    name,
    description: table.description,
    scene,
    ...humanoidTiming,
    commands: { ...humanoidCommands, goal: table.goal(size, use) },
    action: humanoidAction,
    observations: {
      actor: { goal: benchGoal({ command: 'goal' }), ...bodySenses(conditions) },
      critic: { ...privilegedSenses, ...objectSpeeds(scene) },
    },
    rewards: {
      [name]: {
        combine: 'sum',
        floor: 0,
        terms: {
          ...term('first', table.first),
          ...(table.second ? term('second', table.second) : {}),
          progress: { weight: 2, term: benchProgress({ command: 'goal' }) },
        },
      },
    },
    terminations: {
      fallen: fallen({ below: (squats ? 0.5 : 0.65) * robot.standingHeight }),
      tilted: tilted({ beyond: squats ? 1 : 0.7 }),
      timeOut: timeOut({ after_s: benchEpisode_s(name, use) }),
    },
    events,
    learning: {
      samples: 5_000_000,
      nEnvs: 128,
      epochs: 4,
      rewardScale: 0.02,
      lr: 7e-4,
      klTarget: 0.02,
      actorOutputScale: 0.05,
      std: { kind: 'learned', start: 0.35, min: 0.1, max: 0.5, entropy: 0 },
    },
  }
}

/** Velocities of what moves, for the critic. */
function objectSpeeds(scene: Scene): Record<string, ObservationTerm> {
  const moving = scene.objects.filter((object) => object.motion === 'dynamic' && !object.hinge)
  return Object.fromEntries(
    moving.map(({ name }) => [`${name}Velocity`, objectLinVel({ object: name })]),
  )
}
