import { robots } from '@skillweave/model'
import { describeRobot } from '@skillweave/protocol'
import { createGoalMarks, createRobotView } from '@skillweave/viewer'
import { Group, MeshBasicMaterial, Vector3 } from 'three'
import { expect, test } from 'vitest'

const description = describeRobot({ id: 'h1', robot: robots.h1 })
const root = new Group()
const view = createRobotView({
  root,
  description,
  copies: 1,
  detail: 5,
  material: new MeshBasicMaterial(),
  castShadow: false,
})
view.poseDefault(1, 2)
const yaw = 0.7
const [site] = Object.keys(description.sites)
const skills = [
  {
    name: 'walk',
    title: 'Walk',
    color: 0,
    goals: ['x', 'y', 'turn'],
    ranges: [
      [-1, 1],
      [-0.5, 0.5],
      [-1, 1],
    ],
    marks: [{ kind: 'velocity', goals: ['x', 'y', 'turn'] }],
  },
  {
    name: 'reach',
    title: 'Reach',
    color: 1,
    goals: ['dx', 'dy', 'dz'],
    marks: [{ kind: 'siteOffset', site, goals: ['dx', 'dy', 'dz'] }],
  },
  {
    name: 'squat',
    title: 'Squat',
    color: 2,
    goals: ['height'],
    marks: [{ kind: 'heightOffset', goals: ['height'] }],
  },
  {
    name: 'step',
    title: 'Step',
    color: 3,
    goals: ['px', 'py'],
    marks: [{ kind: 'place', goals: ['px', 'py'] }],
  },
] as const
const goals = [0.6, -0.2, 0.3, 0.1, -0.2, 0.3, -0.25, 3, 1]

const down = (to: Vector3) => ({
  origin: to.clone().add(new Vector3(0, 0, 5)),
  direction: new Vector3(0, 0, -1),
})

test('a mark that is taken and put down where it was says the goal it showed', () => {
  const marks = createGoalMarks(root)
  marks.set(skills, description)
  marks.show({ goals, weights: [1, 0, 0, 0] })
  marks.place(view, yaw)
  expect(marks.pick(down(new Vector3(3, 1, 0)))).toBeNull()
  marks.setVisible(true)
  marks.place(view, yaw)
  let first = 0
  for (const skill of skills) {
    const held = marks.handles.find((h) => h.name === skill.name)
    if (!held) throw new Error(`nothing to hold of ${skill.name}`)
    const handle = marks.pick(down(held.at_w))
    expect(handle?.skill).toBe(skill.name)
    const told = handle?.read(handle.at_w) ?? {}
    expect(Object.keys(told).length).toBeGreaterThan(0)
    for (const [name, value] of Object.entries(told)) {
      const i = first + (skill.goals as readonly string[]).indexOf(name)
      expect(value, `${skill.name} ${name}`).toBeCloseTo(goals[i], 5)
    }
    first += skill.goals.length
  }
})

test('a goal is not dragged out of its range', () => {
  const marks = createGoalMarks(root)
  marks.set(skills, description)
  marks.show({ goals, weights: [1, 0, 0, 0] })
  marks.setVisible(true)
  marks.place(view, yaw)
  const { at_w } = marks.handles[0]
  const told = marks.pick(down(at_w))?.read(new Vector3(100, -100, 0)) ?? {}
  expect(told.x).toBeGreaterThanOrEqual(-1)
  expect(told.x).toBeLessThanOrEqual(1)
  expect(told.y).toBe(-0.5)
  expect(told.turn).toBeUndefined()
})
