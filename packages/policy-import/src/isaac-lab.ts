import { parse } from 'yaml'
import { Fields } from './fields.ts'
import type { Bounds, ForeignJoint, ForeignPolicy, ForeignTerm } from './foreign-policy.ts'

/** Isaac Lab's `IO_descriptors.yaml`: one group of observation terms and one joint position action. */
export function readIoDescriptors(text: string): ForeignPolicy {
  const file = new Fields(parse(text), 'IO_descriptors.yaml')
  const actions = file.list('actions').map((a, i) => new Fields(a, `actions[${i}]`))
  if (actions.length !== 1 || !/joint_?position/i.test(actions[0].text('name'))) {
    const found = actions.map((a) => a.text('name')).join(', ')
    throw new Error(`the actions are ${found}; only one joint position action is read`)
  }
  const [action] = actions
  const names = action.texts('joint_names')
  const n = names.length
  const articulation = file.at('articulations').at('robot')
  const known = articulation.texts('joint_names')
  const pick = (list: readonly number[]): number[] => names.map((name) => list[known.indexOf(name)])
  const lost = names.filter((name) => !known.includes(name))
  if (lost.length > 0) throw new Error(`articulations.robot does not have ${lost.join(', ')}`)
  const own = (name: string) => pick(articulation.numbers(name, known.length))
  const [kp, kd] = [own('default_joint_stiffness'), own('default_joint_damping')]
  const defaultPos = own('default_joint_pos')
  const scale = perJoint(action, 'scale', n)
  const offset = perJoint(action, 'offset', n)
  return {
    project: 'Isaac Lab',
    joints: names.map(
      (name, i): ForeignJoint => ({
        name,
        kp: kp[i],
        kd: kd[i],
        defaultPos: defaultPos[i],
        scale: scale[i],
        offset: offset[i],
        ...(action.has('clip') ? { clip: pairOf(action.list('clip')[i], 'action clip') } : {}),
      }),
    ),
    terms: file
      .at('observations')
      .list('policy')
      .map((t, i) => observationTerm(new Fields(t, `observations.policy[${i}]`), names)),
    controlDt_s: file.at('scene').number('dt'),
    notes: ['gains and default pose are those of the articulation, joints by name'],
  }
}

function perJoint(action: Fields, name: string, n: number): number[] {
  try {
    return action.numbers(name, n)
  } catch {
    return new Array<number>(n).fill(action.number(name))
  }
}

function observationTerm(term: Fields, joints: readonly string[]): ForeignTerm {
  const name = term.text('name')
  if (term.has('joint_names') && term.texts('joint_names').join() !== joints.join()) {
    throw new Error(`observation ${name} has other joints, or another order, than the action`)
  }
  const how = term.at('overloads')
  return {
    name,
    scale: how.has('scale') ? how.number('scale') : 1,
    history: how.has('history_length') ? Math.max(1, how.number('history_length')) : 1,
    ...(how.has('clip') ? { clip: pairOf(how.numbers('clip', 2), `${name} clip`) } : {}),
  }
}

function pairOf(value: unknown, what: string): Bounds {
  const [low, high] = Array.isArray(value) ? value : []
  if (Number.isFinite(low) && Number.isFinite(high) && low <= high) return [low, high]
  throw new Error(`${what} is ${JSON.stringify(value)}, expected [low, high]`)
}
