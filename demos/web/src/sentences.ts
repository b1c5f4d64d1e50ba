import type { SkillDescription } from '@skillweave/protocol'

/** What the page knows about its link, reduced to what a sentence needs. */
export interface LinkFacts {
  readonly state: 'connecting' | 'open' | 'waiting' | 'closed'
  readonly kind: 'server' | 'tab' | 'recording'
  /** host:port of the server, name of the demo or the file. */
  readonly host: string
  /** How far in the past the page looks, s; null: it does not. */
  readonly behind_s: number | null
  readonly retryIn_s: number | null
  /** What the server said, if anything. */
  readonly text: string
  readonly closeCode: number | null
  /** Was there ever a connection? */
  readonly wasOpen: boolean
  /** Since the last frame, s; null before the first one. */
  readonly frameAge_s: number | null
  readonly paused: boolean
  readonly delay_ms: number
}

/** A word for the chip and, when something is not as it should be, a sentence. */
export interface LinkWords {
  readonly tone: 'ok' | 'warn' | 'bad' | 'idle'
  readonly chip: string
  readonly sentence: string
}

/** Frames older than this are said to be old. */
const stale_s = 0.5

/** What to say about the connection. */
export function linkWords(f: LinkFacts): LinkWords {
  if (f.state === 'connecting') {
    return {
      tone: 'idle',
      chip: f.wasOpen ? 'reconnecting' : 'connecting',
      sentence: '',
    }
  }
  if (f.kind !== 'server' && f.state !== 'open') {
    return { tone: 'bad', chip: 'ended', sentence: `${f.host} has ended${reason(f)}.` }
  }
  if (f.state === 'waiting') {
    const again =
      f.retryIn_s === null ? '' : ` Next try in ${Math.max(0, f.retryIn_s).toFixed(0)} s.`
    return f.wasOpen
      ? {
          tone: 'bad',
          chip: 'link lost',
          sentence: `The link to ${f.host} is lost${reason(f)}.${again}`,
        }
      : {
          tone: 'bad',
          chip: 'no answer',
          sentence: `No answer from ${f.host}. Is \`pnpm demo\` running?${again}`,
        }
  }
  if (f.state === 'closed') {
    return { tone: 'bad', chip: 'closed', sentence: closedSentence(f) }
  }
  if (f.behind_s !== null) {
    return { tone: 'warn', chip: `${f.behind_s.toFixed(1)} s behind`, sentence: '' }
  }
  if (f.frameAge_s === null) return { tone: 'idle', chip: 'loading', sentence: '' }
  if (!f.paused && f.frameAge_s > 2) {
    return {
      tone: 'warn',
      chip: `${f.frameAge_s.toFixed(0)} s old`,
      sentence: `Nothing has come for ${f.frameAge_s.toFixed(0)} s; the simulation may be busy or stopped.`,
    }
  }
  if (!f.paused && f.frameAge_s > stale_s) {
    return { tone: 'warn', chip: `${f.frameAge_s.toFixed(1)} s old`, sentence: '' }
  }
  return {
    tone: 'ok',
    chip: f.paused ? 'paused' : `${liveWords[f.kind]} ${Math.round(f.delay_ms)} ms`,
    sentence: '',
  }
}

const liveWords = { server: 'live', tab: 'in this tab', recording: 'recording' } as const

const reason = (f: LinkFacts): string => (f.text ? `: ${f.text.replace(/\.$/, '')}` : '')

function closedSentence(f: LinkFacts): string {
  if (f.closeCode === 4406) {
    return (
      f.text || 'Server and page speak different protocols. Reload; if it stays, rebuild the page.'
    )
  }
  if (f.closeCode === 4403) return `The server refuses this page${reason(f)}.`
  return `The connection was closed${reason(f)}. Reload to try again.`
}

/** One sentence about what the robot does: the leading skill, and who else has a say. */
export function liveSentence(facts: {
  readonly robot: string
  /** What the run is about, for runs without skills. */
  readonly description: string
  readonly skills: readonly SkillDescription[]
  readonly weights: ArrayLike<number>
  readonly paused: boolean
  readonly byHand: boolean
}): string {
  const { robot, description, skills, weights, paused, byHand } = facts
  const name = robot === '' ? 'The robot' : robot
  if (robot === '' && description === '') return ''
  if (skills.length === 0)
    return `${paused ? 'Paused. ' : ''}${description || `${name} is running.`}`
  const order = skills
    .map((s, i) => ({ title: s.title, w: weights[i] ?? 0 }))
    .sort((a, b) => b.w - a.w)
    .filter((s) => s.w >= 0.05)
    .slice(0, 3)
  if (order.length === 0) return `${name}: no skill is active.`
  const parts = order.map((s) => `${lowerFirst(s.title)} ${s.w.toFixed(2)}`)
  const end = byHand ? ', chosen by hand' : ''
  return `${paused ? 'Paused: ' : ''}${name}: ${parts.join(', ')}${end}.`
}

const upperFirst = (s: string): string => s.charAt(0).toUpperCase() + s.slice(1)
const lowerFirst = (s: string): string => s.charAt(0).toLowerCase() + s.slice(1)

/** How far the centre of mass is from tipping over the edge of what carries it. */
export function balanceWords(margin_m: number | null): string {
  if (margin_m === null) return 'nothing carries it'
  const cm = Math.abs(margin_m * 100).toFixed(0)
  return margin_m >= 0 ? `${cm} cm inside its support` : `${cm} cm outside its support`
}

/** The same of the point where the robot would come to rest; nothing where that is not known. */
export const captureWords = (margin_m: number | null): string =>
  margin_m === null ? '' : `; capture point ${balanceWords(margin_m).replace('its support', 'it')}`

/** What happens, for ears: the skill, how fast, on what, how far from its goal. Nothing of what is not known. */
export function spokenSummary(facts: {
  /** Of the robot and its skills. */
  readonly sentence: string
  /** Of the base over the ground, m/s. */
  readonly speed: number | null
  readonly feet: { readonly down: number; readonly of: number } | null
  readonly margin_m: number | null
  readonly goal: { readonly name: string; readonly distance_m: number } | null
}): string {
  const { sentence, speed, feet, margin_m, goal } = facts
  const parts = [
    ...(speed === null ? [] : [`${speed.toFixed(1)} metres per second`]),
    ...(feet === null ? [] : [`${feet.down} of ${feet.of} feet on the ground`]),
    ...(margin_m === null ? [] : [`balance ${balanceWords(margin_m)}`]),
    ...(goal === null ? [] : [`${goal.distance_m.toFixed(1)} metres from the ${goal.name}`]),
  ]
  return [sentence, parts.length === 0 ? '' : `${upperFirst(parts.join(', '))}.`].join(' ').trim()
}

/** Does a run miss the asked speed by more than anybody would overlook? */
export const lags = (asked: number, reached: number): boolean => reached < 0.9 * asked

/** A simulation that does not keep the asked speed says so. */
export function slowWords(facts: {
  readonly asked: number
  readonly reached: number
  /** Robots that are simulated. */
  readonly robots: number
}): string {
  const { asked, reached, robots } = facts
  const what = robots === 1 ? 'this robot' : `${robots} robots`
  const of = asked === 1 ? '' : ` of ${speedText(asked)}`
  return `Runs at ${reached.toFixed(2)}x${of}: this computer cannot keep up with ${what}.`
}

/** A link or joint name for people: leftUpperArm, left_upper_arm_link → left upper arm. */
export const spoken = (name: string): string =>
  name
    .replace(/_(link|joint)$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase()

/** 83.4 → "1:23". */
export function clock(time_s: number): string {
  const t = Math.max(0, Math.floor(time_s))
  return `${Math.floor(t / 60)}:${String(t % 60).padStart(2, '0')}`
}

/** A speed for people: 0.25 → "1/4x", 2 → "2x". */
export function speedText(speed: number): string {
  if (speed < 1 && Number.isInteger(1 / speed)) return `1/${1 / speed}x`
  return `${Number(speed.toFixed(2))}x`
}

/** What an event is called in the strip, short. */
export const eventWords: Readonly<Record<string, string>> = {
  push: 'push',
  bounce: 'bounce',
  basket: 'basket',
  shot: 'shot',
  fall: 'fall',
  reset: 'reset',
  'target.reached': 'landed',
  'episode.end': 'end',
  command: 'command',
}
