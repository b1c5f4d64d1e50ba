import type { Robot } from '@skillweave/model'
import type { PolicyManifest } from '@skillweave/policy'
import type { ForeignPolicy } from './foreign-policy.ts'

/** Everything an import inferred, as text for a person who knows the policy: tables and sentences. */
export function describeImport(
  foreign: ForeignPolicy,
  manifest: PolicyManifest,
  robot: Robot,
): string {
  const { action, gains, observation } = manifest
  const jointRows = action.joints.map((name, i) => [
    String(i),
    name,
    String(robot.model.dofNames.indexOf(name)),
    number(action.scale[i]),
    number(action.offset[i]),
    number(foreign.joints[i].defaultPos),
    number(gains.kp[i]),
    number(gains.kd[i]),
    number(gains.effort[i]),
  ])
  let at = 0
  const termRows = observation.map((term, i) => {
    const range = `${at}–${at + term.size - 1}`
    at += term.size
    const scales = typeof term.scale === 'number' ? [term.scale] : [...new Set(term.scale)]
    return [
      range,
      foreign.terms[i].name,
      term.name,
      scales.map(number).join(', '),
      term.clip ? term.clip.map(number).join(' to ') : '—',
      String(term.history),
    ]
  })
  return [
    `${manifest.name}: a policy of ${foreign.project} for ${robot.name}, an action every ${number(1000 * manifest.controlDt_s)} ms`,
    '',
    table(
      ['policy', 'joint', robot.name, 'scale', 'offset', 'default', 'kp', 'kd', 'effort'],
      jointRows,
    ),
    '',
    table(['obs', 'theirs', 'ours', 'scale', 'clip', 'frames'], termRows),
    '',
    'q* = offset + scale · action; observed: (value − offset), clip, scale, frames oldest first, per term',
    ...Object.entries(manifest.commands ?? {}).map(
      ([name, ranges]) =>
        `${name} command: ${ranges.map((r) => r.map(number).join(' to ')).join('; ')}`,
    ),
    ...foreign.notes,
    '',
  ].join('\n')
}

const number = (x: number): string => String(Number(x.toPrecision(6)))

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((h, c) => Math.max(h.length, ...rows.map((r) => r[c].length)))
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, c) => cell.padEnd(widths[c]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
