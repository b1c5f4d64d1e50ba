import type { MathNode } from 'mathjs'

/** Numbers by name that expressions are made of, and where each is in a sample. */
export interface Names {
  readonly list: readonly string[]
}

/** A formula over signals, with the memory its filters need. */
export interface Expression {
  readonly text: string
  /** Value at the next sample. */
  next(values: ArrayLike<number>, time_s: number): number
  /** Forget what came before: time has jumped. */
  restart(): void
}

/** What is wrong with a formula, for the person who typed it. */
export class FormulaError extends Error {}

/** Loads the parser the first time: it is not part of what everybody downloads. */
let loading: Promise<(text: string) => MathNode> | undefined
const loadParser = (): Promise<(text: string) => MathNode> => {
  loading ??= import('mathjs/number').then(
    ({ create, parseDependencies }) => create({ parseDependencies }).parse as never,
  )
  return loading
}

/**
 * Compile a formula. Only what `compileNode` knows gets through: arithmetic, comparison, a fixed list of
 * functions and names of signals; nothing is assigned, looked up on an object, or evaluated as code.
 * Rejects with a `FormulaError`.
 */
export async function compile(text: string, names: Names): Promise<Expression> {
  const parse = await loadParser()
  let tree: MathNode
  try {
    tree = parse(text)
  } catch (error) {
    throw new FormulaError((error as Error).message)
  }
  const memories: (() => void)[] = []
  const value = compileNode(tree, { names, remember: (reset) => memories.push(reset) })
  let last_s = Number.NaN
  const restart = (): void => {
    last_s = Number.NaN
    for (const reset of memories) reset()
  }
  return {
    text,
    restart,
    next(values, time_s) {
      if (time_s <= last_s) restart()
      const dt_s = Number.isNaN(last_s) ? 0 : time_s - last_s
      last_s = time_s
      return value({ values, time_s, dt_s })
    },
  }
}

interface Sample {
  readonly values: ArrayLike<number>
  readonly time_s: number
  readonly dt_s: number
}

type Value = (sample: Sample) => number

interface Scope {
  readonly names: Names
  remember(reset: () => void): void
}

function compileNode(node: MathNode, scope: Scope): Value {
  const n = node as unknown as Tree
  switch (n.type) {
    case 'ConstantNode': {
      const { value } = n
      if (typeof value !== 'number') throw new FormulaError(`${node} is not a number`)
      return () => value
    }
    case 'ParenthesisNode':
      return compileNode(n.content, scope)
    case 'SymbolNode':
    case 'AccessorNode':
      return compileName(nameOf(n), scope)
    case 'OperatorNode':
      return compileOperator(n, scope)
    case 'RelationalNode':
      return chain(
        n.conditionals.map((c) => operator(c)),
        n.params.map((p) => compileNode(p, scope)),
      )
    case 'ConditionalNode': {
      const test = compileNode(n.condition, scope)
      const yes = compileNode(n.trueExpr, scope)
      const no = compileNode(n.falseExpr, scope)
      // Both sides run: a filter in one of them must see every sample.
      return (s) => {
        const [t, a, b] = [test(s), yes(s), no(s)]
        return t ? a : b
      }
    }
    case 'FunctionNode':
      return compileFunction(n, scope)
    default:
      throw new FormulaError(`a formula cannot have ${plainWords[n.type] ?? n.type} (${node})`)
  }
}

/** The part of mathjs's nodes that is read. */
type Tree =
  | { readonly type: 'ConstantNode'; readonly value: unknown }
  | { readonly type: 'ParenthesisNode'; readonly content: MathNode }
  | { readonly type: 'SymbolNode'; readonly name: string }
  | { readonly type: 'AccessorNode'; readonly object: MathNode; readonly index: MathNode }
  | { readonly type: 'OperatorNode'; readonly fn: string; readonly args: MathNode[] }
  | {
      readonly type: 'RelationalNode'
      readonly conditionals: string[]
      readonly params: MathNode[]
    }
  | {
      readonly type: 'ConditionalNode'
      readonly condition: MathNode
      readonly trueExpr: MathNode
      readonly falseExpr: MathNode
    }
  | { readonly type: 'FunctionNode'; readonly fn: MathNode; readonly args: MathNode[] }
  | { readonly type: 'AssignmentNode' | 'FunctionAssignmentNode' | 'BlockNode' | 'ArrayNode' }

const plainWords: Readonly<Record<string, string>> = {
  AssignmentNode: 'an assignment',
  FunctionAssignmentNode: 'a definition',
  BlockNode: 'more than one line',
  ArrayNode: 'a list',
  ObjectNode: 'an object',
  RangeNode: 'a range',
}

/** `q.elbow` is a name with a point in it, nothing is looked up. */
function nameOf(n: Tree): string {
  if (n.type === 'SymbolNode') return n.name
  if (n.type === 'AccessorNode') {
    const index = n.index as unknown as { dotNotation: boolean; dimensions: { value: unknown }[] }
    if (index.dotNotation)
      return `${nameOf(n.object as unknown as Tree)}.${index.dimensions[0].value}`
  }
  throw new FormulaError('a formula cannot index; names have points: q.elbow_pitch')
}

const constants: Readonly<Record<string, number>> = { pi: Math.PI, e: Math.E, Hz: 1, s: 1 }

function compileName(name: string, { names }: Scope): Value {
  const i = names.list.indexOf(name)
  if (i >= 0) return ({ values }) => values[i]
  if (Object.hasOwn(constants, name)) {
    const value = constants[name]
    return () => value
  }
  const near = closest(name, names.list)
  const hint = near.length > 0 ? `; did you mean ${near.map((c) => `"${c}"`).join(', ')}?` : ''
  throw new FormulaError(`no signal "${name}"${hint}`)
}

type Fn = (...x: number[]) => number

const operators: Readonly<Record<string, Fn>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  mod: (a, b) => a - b * Math.floor(a / b),
  pow: (a, b) => a ** b,
  unaryMinus: (a) => -a,
  unaryPlus: (a) => a,
  smaller: (a, b) => Number(a < b),
  smallerEq: (a, b) => Number(a <= b),
  larger: (a, b) => Number(a > b),
  largerEq: (a, b) => Number(a >= b),
  equal: (a, b) => Number(a === b),
  unequal: (a, b) => Number(a !== b),
  and: (a, b) => Number(a !== 0 && b !== 0),
  or: (a, b) => Number(a !== 0 || b !== 0),
  not: (a) => Number(a === 0),
}

function operator(name: string): Fn {
  if (!Object.hasOwn(operators, name)) throw new FormulaError(`no operator ${name} here`)
  return operators[name]
}

function compileOperator(
  n: { readonly fn: string; readonly args: readonly MathNode[] },
  scope: Scope,
): Value {
  const fn = operator(n.fn)
  const args = n.args.map((a) => compileNode(a, scope))
  const [a, b] = args
  if (args.length === 1) return (s) => fn(a(s))
  if (args.length === 2) return (s) => fn(a(s), b(s))
  return (s) => args.map((x) => x(s)).reduce((x, y) => fn(x, y))
}

/** a < b < c */
const chain =
  (tests: readonly Fn[], values: readonly Value[]): Value =>
  (s) => {
    const x = values.map((v) => v(s))
    return Number(tests.every((t, i) => t(x[i], x[i + 1]) !== 0))
  }

/** Functions of the present values. */
const functions: Readonly<Record<string, Fn>> = {
  abs: Math.abs,
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  atan2: Math.atan2,
  floor: Math.floor,
  ceil: Math.ceil,
  round: Math.round,
  sign: Math.sign,
  min: Math.min,
  max: Math.max,
  norm: Math.hypot,
  sum: (...x) => x.reduce((a, b) => a + b, 0),
  deg: (x) => (x * 180) / Math.PI,
  rad: (x) => (x * Math.PI) / 180,
}

/** Functions of the past: a value, and how long or how fast. */
const filters: Readonly<Record<string, { readonly args: 1 | 2; create(): Filter }>> = {
  d: { args: 1, create: derivative },
  int: { args: 1, create: integral },
  lp: { args: 2, create: lowPass },
  mean: {
    args: 2,
    create: () =>
      over(
        (sum, n) => sum / n,
        (x) => x,
      ),
  },
  rms: {
    args: 2,
    create: () =>
      over(
        (sum, n) => Math.sqrt(sum / n),
        (x) => x * x,
      ),
  },
}

interface Filter {
  next(x: number, setting: number, sample: Sample): number
  reset(): void
}

export const functionNames: readonly string[] = [...Object.keys(functions), ...Object.keys(filters)]

function compileFunction(
  n: { readonly fn: MathNode; readonly args: readonly MathNode[] },
  scope: Scope,
): Value {
  const name = nameOf(n.fn as unknown as Tree)
  if (Object.hasOwn(filters, name)) {
    const { args, create } = filters[name]
    if (n.args.length !== args) {
      throw new FormulaError(`${name} takes ${args} values, not ${n.args.length}`)
    }
    const filter = create()
    scope.remember(() => filter.reset())
    const [x, setting] = n.args.map((a) => compileNode(a, scope))
    return (s) => filter.next(x(s), setting?.(s) ?? 0, s)
  }
  if (!Object.hasOwn(functions, name)) {
    throw new FormulaError(`no function "${name}"; there are ${functionNames.join(', ')}`)
  }
  const fn = functions[name]
  const args = n.args.flatMap((a) => compileArguments(a, scope))
  if (args.length === 0) throw new FormulaError(`${name} needs a value`)
  const [a, b] = args
  if (args.length === 1) return (s) => fn(a(s))
  if (args.length === 2) return (s) => fn(a(s), b(s))
  return (s) => fn(...args.map((x) => x(s)))
}

/** `base` stands for `base.x, base.y, base.z` where a function takes many. */
function compileArguments(node: MathNode, scope: Scope): Value[] {
  const n = node as unknown as Tree
  if (n.type === 'SymbolNode' && !scope.names.list.includes(n.name)) {
    const members = scope.names.list.filter((x) => x.startsWith(`${n.name}.`))
    if (members.length > 0) return members.map((m) => compileName(m, scope))
  }
  return [compileNode(node, scope)]
}

function derivative(): Filter {
  let last = Number.NaN
  return {
    next(x, _, { dt_s }) {
      const slope = dt_s > 0 && !Number.isNaN(last) ? (x - last) / dt_s : 0
      last = x
      return slope
    },
    reset: () => {
      last = Number.NaN
    },
  }
}

function integral(): Filter {
  let sum = 0
  return {
    next: (x, _, { dt_s }) => {
      sum += x * dt_s
      return sum
    },
    reset: () => {
      sum = 0
    },
  }
}

/** First order: y' = 2π f (x − y). */
function lowPass(): Filter {
  let y = Number.NaN
  return {
    next(x, hz, { dt_s }) {
      y = Number.isNaN(y) ? x : y + (1 - Math.exp(-2 * Math.PI * hz * dt_s)) * (x - y)
      return y
    },
    reset: () => {
      y = Number.NaN
    },
  }
}

/** Something of the sum over a sliding window. */
function over(finish: (sum: number, n: number) => number, part: (x: number) => number): Filter {
  let window: { readonly time_s: number; readonly x: number }[] = []
  return {
    next(x, span_s, { time_s }) {
      window.push({ time_s, x: part(x) })
      window = window.filter((w) => w.time_s > time_s - span_s)
      return finish(
        window.reduce((sum, w) => sum + w.x, 0),
        window.length,
      )
    },
    reset: () => {
      window = []
    },
  }
}

/** Names that are near to a wrong one: the same ending first, then few letters apart. */
export function closest(wrong: string, known: readonly string[]): string[] {
  const word = wrong.split('.').at(-1)?.toLowerCase() ?? ''
  const distance = (name: string): number => {
    const low = name.toLowerCase()
    if (word.length > 1 && low.includes(word)) return 0.5 * (low.length - word.length > 20 ? 2 : 1)
    return editDistance(wrong.toLowerCase(), low)
  }
  return known
    .map((name) => ({ name, d: distance(name) }))
    .filter(({ d }) => d <= Math.max(2, wrong.length / 3))
    .sort((a, b) => a.d - b.d)
    .slice(0, 3)
    .map(({ name }) => name)
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, row[j] + 1, next[j - 1] + 1))
    }
    row = next
  }
  return row[b.length]
}
