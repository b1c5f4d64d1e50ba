import { type EnvState, MotionReference } from '@skillweave/mdp'
import { robotByName } from '@skillweave/model'
import {
  ballObject,
  ballplayPractice,
  ballSkillNames,
  DribbleWatch,
  recordedLanding,
  ShotTracker,
} from '@skillweave/tasks'
import { beforeEach, describe, expect, it } from 'vitest'
import { bindContext } from '../../support/bind-context.ts'
import { syntheticMotion } from '../../support/motions.ts'

const robot = robotByName('ballplayer')
const scene = { ground: { friction: 1, restitution: 0.8 }, objects: [ballObject('regulation')] }
const motions = ballSkillNames.map((skill) => {
  const motion = syntheticMotion(robot, {
    skill,
    nFrames: 41,
    ...(skill.startsWith('dribble') ? { loop: { start: 0 } } : {}),
    turning: skill === 'dribbleLeft' ? 1 : skill === 'dribbleRight' ? -1 : 0,
  })
  if (skill !== 'shot') return motion
  // Thrown at frame 20 from 2.2 m: 3 m/s up, 3 m/s ahead, out of the hands.
  const x = motion.basePos_w[0]
  const y = motion.basePos_w[1]
  motion.objectPos_w.set([x, y, 2.2], 60)
  motion.objectLinVel_w.set([3 * Math.cos(0.7), 3 * Math.sin(0.7), 3], 60)
  motion.contact.fill(0)
  return motion
})
const task = ballplayPractice(robot, { ball: 'regulation', motions })

describe('the rewards of practice', () => {
  let s: EnvState
  let goal: ShotTracker
  let reward: (term: string, skill: string) => number

  beforeEach(() => {
    const ctx = bindContext(robot, { scene })
    const reference = new MotionReference({ motions, skills: ballSkillNames, adaptive: 0 }, ctx)
    goal = new ShotTracker({ hoopHeight: 2.6, distance: [2, 8] }, ctx)
    const dribble = new DribbleWatch(ctx)
    const commands = { reference, goal, dribble }
    const bound = bindContext(robot, { scene, commands })
    s = bound.states[0]
    s.linkPos_w.set([0, 0, 0.95])
    goal.target.set([4, 0])
    reward = (term, skill) => {
      reference.clip[0] = reference.skillOf[0] = ballSkillNames.indexOf(
        skill as (typeof ballSkillNames)[number],
      )
      return task.rewards.outcome.terms[term].term.bind(bound)(s)
    }
  })

  it('go to the skill that is asked for', () => {
    s.objectPos_w.set([0.4, 0, 0.6])
    for (const skill of ballSkillNames) {
      expect(reward('dribbling', skill) > 0, skill).toBe(skill.startsWith('dribble'))
      expect(reward('fetching', skill) > 0, skill).toBe(skill === 'pickUp')
    }
  })

  it('pay a forward dribble for speed towards the goal, up to 2 m/s', () => {
    const at = (vx: number, vy: number) => {
      s.linkLinVel_w.set([vx, vy, 0])
      return reward('dribbling', 'dribbleForward')
    }
    expect(at(-1, 0)).toBeCloseTo(0.4)
    expect(at(0, 2)).toBeCloseTo(0.4)
    expect(at(1, 0)).toBeCloseTo(0.7, 1)
    expect(at(5, 0)).toBeCloseTo(1)
  })

  it('pay turning dribbles for turning their way', () => {
    const at = (rate: number, skill: string) => {
      s.linkAngVel_w.set([0, 0, rate])
      return reward('dribbling', skill)
    }
    expect(at(1, 'dribbleLeft')).toBeGreaterThan(at(0.3, 'dribbleLeft'))
    expect(at(-1, 'dribbleLeft')).toBe(at(0, 'dribbleLeft'))
    expect(at(-1, 'dribbleRight')).toBe(at(1, 'dribbleLeft'))
  })

  it('pay a fetch for going to the ball, then for being there', () => {
    s.objectPos_w.set([2, 0, 0.12])
    const still = reward('fetching', 'pickUp')
    s.linkLinVel_w.set([1, 0, 0])
    const going = reward('fetching', 'pickUp')
    s.objectPos_w.set([0.5, 0, 0.12])
    s.linkLinVel_w.set([0, 0, 0])
    const there = reward('fetching', 'pickUp')
    expect(going - still).toBeCloseTo(0.3)
    expect(there).toBeGreaterThan(going)
  })

  it('pay a shot once, on the step it leaves the hands, the more the nearer it will land', () => {
    const at = (error: number) => {
      goal.landingError[0] = error
      return reward('shooting', 'shot')
    }
    s.objectPos_w.set([0.3, 0, 2.3])
    s.objectLinVel_w.set([3, 0, 3])
    expect(at(0)).toBe(0)
    goal.shotNow[0] = 1
    const [exact, near, far] = [at(0), at(0.29), at(1)]
    expect(exact).toBeGreaterThan(near)
    expect(near - far).toBeGreaterThan(0.3)
    goal.shotNow[0] = 0
    expect(at(0)).toBe(0)
  })

  it('know the recorded shot', () => {
    expect(recordedLanding(motions[4])?.apex).toBeCloseTo(2.2 + 9 / (2 * 9.81))
  })
})
