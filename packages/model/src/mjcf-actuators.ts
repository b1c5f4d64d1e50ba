import { type MjcfDefaults, withDefaults } from './mjcf-settings.ts'
import { expectOnly, numberOf, numbers, whereIs, type XmlElement, xmlError } from './xml.ts'

/** What the actuator of one joint can do. */
export interface MjcfActuator {
  /** Greatest |torque| or |force| at the joint; Infinity when the file sets none. */
  readonly effort: number
  /** Position servo gains; absent for motors. */
  readonly kp?: number
  readonly kd?: number
}

/** Actuators by joint name. Throws on kinds that are not a motor or a position servo on a joint. */
export function readActuators(
  root: XmlElement,
  defaults: MjcfDefaults,
  joints: ReadonlySet<string>,
  autolimits: boolean,
  notices: string[],
): Map<string, MjcfActuator> {
  const found = new Map<string, MjcfActuator>()
  for (const section of root.children.filter((c) => c.tag === 'actuator')) {
    expectOnly(section, { children: ['motor', 'position', 'general'] })
    for (const raw of section.children) {
      const element = withDefaults(raw, defaults, 'main')
      const joint = element.attributes.joint
      if (joint === undefined) throw xmlError(raw, 'only actuators on a joint are understood')
      if (!joints.has(joint)) {
        throw xmlError(raw, `there is no joint "${joint}"; there are ${[...joints].join(', ')}`)
      }
      if (found.has(joint)) throw xmlError(raw, `a second actuator on joint "${joint}"`)
      for (const name of notUnderstood) {
        if (element.attributes[name] !== undefined) {
          throw xmlError(raw, `attribute ${name}="${element.attributes[name]}" is not understood`)
        }
      }
      const dyntype = element.attributes.dyntype ?? 'none'
      if (dyntype !== 'none') throw xmlError(raw, `dyntype="${dyntype}" is not understood`)
      found.set(joint, readActuator(element, autolimits))
    }
  }
  for (const joint of joints) {
    if (found.size > 0 && !found.has(joint)) notices.push(`joint "${joint}" has no actuator`)
  }
  return found
}

const notUnderstood = ['dampratio', 'timeconst', 'slidersite', 'cranksite', 'lengthrange', 'plugin']

function readActuator(element: XmlElement, autolimits: boolean): MjcfActuator {
  const gear = gearOf(element)
  const force = limitOf(element, 'force', autolimits) * gear
  const gains = servoGains(element)
  if (!gains) {
    const gain = element.tag === 'general' ? (numbers(element, 'gainprm')?.[0] ?? 1) : 1
    return { effort: Math.min(force, limitOf(element, 'ctrl', autolimits) * Math.abs(gain) * gear) }
  }
  if (gear !== 1) throw xmlError(element, `a position servo with gear ${gear} is not understood`)
  return { effort: force, ...gains }
}

function gearOf(element: XmlElement): number {
  const gear = numbers(element, 'gear') ?? [1]
  if (gear.slice(1).some((g) => g !== 0)) throw xmlError(element, 'a gear of more than one number')
  return Math.abs(gear[0])
}

/** kp, kd of a position servo; undefined for a motor. */
function servoGains(element: XmlElement): { kp: number; kd: number } | undefined {
  if (element.tag === 'motor') return undefined
  if (element.tag === 'position') {
    return { kp: numberOf(element, 'kp', 1), kd: numberOf(element, 'kv', 0) }
  }
  const [gaintype, biastype] = [element.attributes.gaintype, element.attributes.biastype ?? 'none']
  if (gaintype !== undefined && gaintype !== 'fixed') {
    throw xmlError(element, `gaintype="${gaintype}" is not understood; fixed is`)
  }
  if (biastype === 'none') return undefined
  const gain = numbers(element, 'gainprm')?.[0] ?? 1
  const [constant = 0, position = 0, velocity = 0] = numbers(element, 'biasprm') ?? []
  if (biastype !== 'affine' || constant !== 0 || position !== -gain) {
    throw xmlError(element, `${whereIs(element)} is neither a motor nor a position servo`)
  }
  return { kp: gain, kd: -velocity }
}

/** The greatest magnitude of `forcerange` or `ctrlrange`; Infinity when it does not limit. */
function limitOf(element: XmlElement, kind: 'force' | 'ctrl', autolimits: boolean): number {
  const range = numbers(element, `${kind}range`, 2)
  return isLimited(element, `${kind}limited`, range, autolimits)
    ? Math.max(Math.abs(range![0]), Math.abs(range![1]))
    : Infinity
}

/** Whether a range holds: `…limited` says so, or `auto` and a range is there. */
export function isLimited(
  element: XmlElement,
  flag: string,
  range: readonly number[] | undefined,
  autolimits: boolean,
): boolean {
  const value = element.attributes[flag] ?? 'auto'
  if (value === 'true' && !range) throw xmlError(element, `${flag}="true" but there is no range`)
  if (value === 'auto' && range && !autolimits) {
    throw xmlError(element, `a range without ${flag}, which autolimits="false" requires`)
  }
  if (value !== 'auto' && value !== 'true' && value !== 'false') {
    throw xmlError(element, `${flag}="${value}" must be one of true, false, auto`)
  }
  return value === 'true' || (value === 'auto' && range !== undefined)
}
