import type { ForeignJoint, ForeignPolicy, ForeignTerm } from './foreign-policy.ts'

/**
 * Metadata that mjlab writes into its ONNX files: comma-separated lists, numbers with three decimals.
 * Actions are offsets from the default pose. `controlDt_s` is not in the file.
 */
export function readMjlabMetadata(
  metadata: Readonly<Record<string, string>>,
  controlDt_s: number | undefined,
): ForeignPolicy {
  if (controlDt_s === undefined) {
    throw new Error('mjlab’s metadata has no control period; say it with --period <s>')
  }
  const texts = (key: string): string[] => {
    const value = metadata[key]
    if (value !== undefined) return value.split(',').map((x) => x.trim())
    const known = Object.keys(metadata).join(', ') || 'nothing'
    throw new Error(`the ONNX metadata has no ${key}; it has ${known}`)
  }
  const numbers = (key: string, length: number): number[] => {
    const list = texts(key).map(Number)
    if (list.length === length && list.every(Number.isFinite)) return list
    throw new Error(`metadata ${key} is "${metadata[key]}", expected ${length} numbers`)
  }
  const names = texts('joint_names')
  const n = names.length
  const [kp, kd] = [numbers('joint_stiffness', n), numbers('joint_damping', n)]
  const defaultPos = numbers('default_joint_pos', n)
  const scale = numbers('action_scale', n)
  const terms = texts('observation_names')
  // Older files have no scales, histories and clips: there was nothing to say about them.
  const perTerm = <T>(key: string, read: (text: string) => T, otherwise: T): T[] => {
    if (metadata[key] === undefined) return terms.map(() => otherwise)
    const list = texts(key)
    if (list.length === terms.length) return list.map(read)
    throw new Error(`metadata ${key} has ${list.length} values for ${terms.length} terms`)
  }
  const scales = perTerm('observation_terms_scale', Number, 1)
  const histories = perTerm('observation_terms_history_length', Number, 0)
  const flat = perTerm('observation_terms_flatten_history_dim', (t) => t !== '0', true)
  const clips = perTerm('observation_terms_clip', (t) => t.split(';').map(Number), [])
  return {
    project: 'mjlab',
    joints: names.map(
      (name, i): ForeignJoint => ({
        name,
        kp: kp[i],
        kd: kd[i],
        defaultPos: defaultPos[i],
        scale: scale[i],
        offset: defaultPos[i],
      }),
    ),
    terms: terms.map((name, i): ForeignTerm => {
      if (histories[i] > 1 && !flat[i]) {
        throw new Error(`observation ${name} has a history that is not flattened: not read`)
      }
      const [low, high] = clips[i]
      const isClipped = Number.isFinite(low) && Number.isFinite(high)
      return {
        name,
        scale: scales[i],
        history: Math.max(1, histories[i]),
        ...(isClipped ? { clip: [low, high] } : {}),
      }
    }),
    controlDt_s,
    notes: [
      'numbers have three decimals in the file: gains and offsets are rounded',
      'actions are offsets from the default pose, as mjlab’s joint position action is',
    ],
  }
}
