/**
 * What a policy file cannot say about itself: for which robot and task it is, what each number of its
 * observation and action means, and where it comes from. Stored as JSON beside the .onnx file.
 */
export interface PolicyManifest {
  readonly formatVersion: 1
  readonly name: string
  readonly robot: string
  readonly task: string
  /** Joints in the order of q and dq in the observation. */
  readonly jointNames: readonly string[]
  /** In the order in which they are concatenated. */
  readonly observation: readonly ObservationTermInfo[]
  readonly action: ActionInfo
  readonly gains: GainsInfo
  /** Time between two actions. */
  readonly controlDt_s: number
  /** Settings of the simulation it was trained in, by name. */
  readonly physics: Readonly<Record<string, number>>
  /** Names of the skills behind it, in the order of the blend weights. */
  readonly skills?: readonly string[]
  /** What it may be asked for: bounds [low, high] of each number of each command, by name. */
  readonly commands?: Readonly<Record<string, readonly (readonly number[])[]>>
  readonly provenance: PolicyProvenance
  readonly evaluation?: PolicyEvaluation
}

export interface ObservationTermInfo {
  readonly name: string
  /** Numbers, of all frames together. */
  readonly size: number
  /** What the term is multiplied by before it enters: one for all, or one per number of a frame. */
  readonly scale: number | readonly number[]
  /** Frames, newest last; 1 is the present only. */
  readonly history: number
  /** What is subtracted first, one per number of a frame. Absent: nothing. */
  readonly offset?: readonly number[]
  /** Bounds [low, high] of the difference, before it is scaled. Absent: none. */
  readonly clip?: readonly number[]
  /** What else the term needs, by name with the unit as a suffix. */
  readonly params?: Readonly<Record<string, number>>
}

/** q* = offset + scale · action for `jointPosition`; other kinds say so in their documentation. */
export interface ActionInfo {
  readonly kind: string
  /** What each number moves: joints, or for a blend of skills the skills. */
  readonly joints: readonly string[]
  /** [joints] */
  readonly scale: readonly number[]
  /** [joints] */
  readonly offset: readonly number[]
  /** Bounds [low, high] of q*, per joint. Absent: none. [joints] */
  readonly clip?: readonly (readonly number[])[]
}

/** Per joint of `action.joints`: τ = kp (q* - q) - kd dq, |τ| ≤ effort. N·m/rad, N·m·s/rad, N·m. */
export interface GainsInfo {
  readonly kp: readonly number[]
  readonly kd: readonly number[]
  readonly effort: readonly number[]
}

export interface PolicyProvenance {
  /** What to type to train it again. */
  readonly command: string
  readonly seed: number
  readonly samples: number
  /** Training time on one core of the machine it was trained on. */
  readonly minutes: number
  /** Commit or hash of the code. */
  readonly buildHash: string
  /** Names of policies it was made from: skills, teachers, the policy it was fine-tuned from. */
  readonly parents: readonly string[]
  /** Whose policy it is, when it was not trained here: the project and its files with their SHA-256. */
  readonly importedFrom?: {
    readonly project: string
    readonly files: Readonly<Record<string, string>>
  }
}

export interface PolicyEvaluation {
  /** What to type to measure it again. */
  readonly command: string
  /** By metric, with the unit as a suffix. */
  readonly results: Readonly<Record<string, number>>
}

/** Two spaces, fields in the order of the type, a final newline. */
export function formatManifest(manifest: PolicyManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/** Read a manifest; the error lists everything that is wrong with it. */
export function parseManifest(text: string): PolicyManifest {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new Error(`policy manifest: not JSON (${error instanceof Error ? error.message : error})`)
  }
  const problems = manifestProblems(value)
  if (problems.length > 0) {
    throw new Error(`policy manifest:\n${problems.map((p) => `  ${p}`).join('\n')}`)
  }
  return value as PolicyManifest
}

/** Everything that keeps `value` from being a manifest; empty when it is one. */
export function manifestProblems(value: unknown): string[] {
  const problems: string[] = []
  manifestShape('manifest', value, problems)
  if (problems.length > 0) return problems
  const m = value as PolicyManifest
  const n = m.action.joints.length
  const lists: [string, readonly number[]][] = [
    ['action.scale', m.action.scale],
    ['action.offset', m.action.offset],
    ['gains.kp', m.gains.kp],
    ['gains.kd', m.gains.kd],
    ['gains.effort', m.gains.effort],
  ]
  for (const [name, list] of lists) {
    if (list.length !== n) problems.push(`${name} has ${list.length} values for ${n} joints`)
  }
  const isBlend = n > 0 && m.action.joints.every((name) => m.skills?.includes(name))
  const unknown = m.action.joints.filter((joint) => !m.jointNames.includes(joint))
  if (unknown.length > 0 && !isBlend) {
    problems.push(`action.joints not in jointNames: ${unknown.join(', ')}`)
  }
  if (!(m.controlDt_s > 0)) problems.push(`controlDt_s is ${m.controlDt_s}, expected > 0`)
  if (m.action.clip && m.action.clip.length !== n) {
    problems.push(`action.clip has ${m.action.clip.length} values for ${n} joints`)
  }
  for (const term of m.observation) problems.push(...termProblems(term))
  return problems
}

function termProblems({ name, size, scale, history, offset }: ObservationTermInfo): string[] {
  if (history < 1) return [`observation ${name} has ${history} frames, expected at least 1`]
  if (size % history !== 0) return [`observation ${name}: ${size} numbers in ${history} frames`]
  const frame = size / history
  return [['scale', scale] as const, ['offset', offset] as const].flatMap(([what, list]) =>
    Array.isArray(list) && list.length !== frame
      ? [`observation ${name}: ${what} has ${list.length} values for a frame of ${frame}`]
      : [],
  )
}

/** What someone who wants to run a policy has. Absent fields are not compared. */
export interface ManifestExpectation {
  readonly robot?: string
  readonly task?: string
  readonly jointNames?: readonly string[]
  readonly observation?: readonly Pick<ObservationTermInfo, 'name' | 'size'>[]
  readonly actionSize?: number
  readonly controlDt_s?: number
}

/** Every difference between what the policy needs and what is there; empty when it fits. */
export function matchManifest(manifest: PolicyManifest, expected: ManifestExpectation): string[] {
  const differences: string[] = []
  const compare = (what: string, needs: unknown, has: unknown): void => {
    if (has !== undefined && needs !== has) differences.push(`${what}: needs ${needs}, has ${has}`)
  }
  compare('robot', manifest.robot, expected.robot)
  compare('task', manifest.task, expected.task)
  compare('action size', manifest.action.joints.length, expected.actionSize)
  compare('controlDt_s', manifest.controlDt_s, expected.controlDt_s)
  if (expected.jointNames) {
    differences.push(...compareLists('joint', manifest.jointNames, expected.jointNames))
  }
  if (expected.observation) {
    const say = ({ name, size }: { name: string; size: number }): string => `${name} [${size}]`
    const needs = manifest.observation.map(say)
    differences.push(...compareLists('observation term', needs, expected.observation.map(say)))
  }
  return differences
}

/** Throws one error that lists all differences. */
export function requireManifest(manifest: PolicyManifest, expected: ManifestExpectation): void {
  const differences = matchManifest(manifest, expected)
  if (differences.length === 0) return
  const list = differences.map((d) => `  ${d}`).join('\n')
  throw new Error(`policy ${manifest.name} does not fit:\n${list}`)
}

function compareLists(what: string, needs: readonly string[], has: readonly string[]): string[] {
  const out: string[] = []
  for (let i = 0; i < Math.max(needs.length, has.length); i++) {
    if (needs[i] !== has[i]) {
      out.push(`${what} ${i}: needs ${needs[i] ?? 'nothing'}, has ${has[i] ?? 'nothing'}`)
    }
  }
  return out
}

/** Checks one value and reports under its path. */
type Shape = (path: string, value: unknown, problems: string[]) => void

const is =
  (expected: string, ok: (value: unknown) => boolean): Shape =>
  (path, value, problems) => {
    if (ok(value)) return
    const found = value === undefined ? 'missing' : JSON.stringify(value).slice(0, 60)
    problems.push(`${path} is ${found}, expected ${expected}`)
  }

const text = is('a text', (v) => typeof v === 'string')
const finite = is('a finite number', (v) => typeof v === 'number' && Number.isFinite(v))
const count = is('a count', (v) => Number.isSafeInteger(v) && (v as number) >= 0)

const listOf =
  (item: Shape): Shape =>
  (path, value, problems) => {
    if (!Array.isArray(value)) is('a list', () => false)(path, value, problems)
    else for (const [i, v] of value.entries()) item(`${path}[${i}]`, v, problems)
  }

const either =
  (a: Shape, b: Shape): Shape =>
  (path, value, problems) =>
    (Array.isArray(value) ? b : a)(path, value, problems)

const byName =
  (item: Shape): Shape =>
  (path, value, problems) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      is('values by name', () => false)(path, value, problems)
    } else for (const [name, v] of Object.entries(value)) item(`${path}.${name}`, v, problems)
  }

const bounds = is(
  'bounds [low, high]',
  (v) => Array.isArray(v) && v.length === 2 && v.every(Number.isFinite) && v[0] <= v[1],
)

const numbersByName = byName(finite)

const optional =
  (shape: Shape): Shape =>
  (path, value, problems) => {
    if (value !== undefined) shape(path, value, problems)
  }

const object =
  (fields: Readonly<Record<string, Shape>>): Shape =>
  (path, value, problems) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      is('an object', () => false)(path, value, problems)
      return
    }
    const record = value as Record<string, unknown>
    for (const [name, shape] of Object.entries(fields)) {
      shape(path === 'manifest' ? name : `${path}.${name}`, record[name], problems)
    }
  }

const manifestShape = object({
  formatVersion: is('1', (v) => v === 1),
  name: text,
  robot: text,
  task: text,
  jointNames: listOf(text),
  observation: listOf(
    object({
      name: text,
      size: count,
      scale: either(finite, listOf(finite)),
      history: count,
      offset: optional(listOf(finite)),
      clip: optional(bounds),
      params: optional(numbersByName),
    }),
  ),
  action: object({
    kind: text,
    joints: listOf(text),
    scale: listOf(finite),
    offset: listOf(finite),
    clip: optional(listOf(bounds)),
  }),
  gains: object({ kp: listOf(finite), kd: listOf(finite), effort: listOf(finite) }),
  controlDt_s: finite,
  physics: numbersByName,
  skills: optional(listOf(text)),
  commands: optional(byName(listOf(bounds))),
  provenance: object({
    command: text,
    seed: finite,
    samples: count,
    minutes: finite,
    buildHash: text,
    parents: listOf(text),
    importedFrom: optional(object({ project: text, files: byName(text) })),
  }),
  evaluation: optional(object({ command: text, results: numbersByName })),
})
