import type { SkillDescription } from '@skillweave/protocol'
import { skillColor, type Theme } from '@skillweave/viewer'
import { For, type JSX, Show } from 'solid-js'
import type { GoalHand } from './goal-hand.ts'
import type { Live } from './live-interface.ts'

/** What each skill is told, and sliders to tell it something else. */
export function GoalsByHand(props: { live: Live; theme: Theme; hand: GoalHand }): JSX.Element {
  const { state } = props.live
  const off = (): boolean => state.status.state !== 'open' || state.looksBack
  const told = (): readonly SkillDescription[] => state.skills.filter((s) => s.goals.length > 0)
  const firstOf = (skill: SkillDescription): number => {
    let at = 0
    for (const s of state.skills) {
      if (s.name === skill.name) return at
      at += s.goals.length
    }
    return at
  }

  return (
    <Show when={props.live.accepts('skill.goal') && told().length > 0}>
      <details class="goals">
        <summary class="goals-title">
          Goals of the skills
          <Show when={state.goalsByHand}> (by hand)</Show>
        </summary>
        <Show when={state.goalsByHand}>
          <button type="button" class="badge" onClick={() => props.hand.giveBack()}>
            by hand · give back
          </button>
        </Show>
        <For each={told()}>
          {(skill) => (
            <fieldset class="goals-of" aria-label={`Goal of ${skill.title}`}>
              <legend>
                <span class="swatch" style={{ background: skillColor(props.theme, skill.color) }} />{' '}
                {skill.title}
              </legend>
              <For each={skill.goals}>
                {(goal, i) => {
                  const now = (): number => state.goals[firstOf(skill) + i()] ?? 0
                  const mine = (): number | undefined =>
                    state.goalsByHand ? props.hand.held()[skill.name]?.[goal] : undefined
                  const range = () => skill.ranges?.[i()] ?? ([-1, 1] as const)
                  return (
                    <label class="row">
                      <span class="goal-label" title={goal}>
                        {goalWords(goal)}
                      </span>
                      <input
                        type="range"
                        class="grow"
                        min={range()[0]}
                        max={range()[1]}
                        step={(range()[1] - range()[0]) / 100}
                        disabled={off()}
                        value={mine() ?? now()}
                        aria-label={`${skill.title}: ${goalWords(goal)}`}
                        onInput={(e) =>
                          props.hand.set(skill.name, { [goal]: e.currentTarget.valueAsNumber })
                        }
                      />
                      <span class="number">{(mine() ?? now()).toFixed(2)}</span>
                    </label>
                  )
                }}
              </For>
            </fieldset>
          )}
        </For>
      </details>
    </Show>
  )
}

/** linVelX_mps → "lin vel x, m/s" */
export function goalWords(name: string): string {
  const [, what, unit] = /^(.*?)(?:_([A-Za-z0-9]+))?$/.exec(name) ?? [name, name, undefined]
  const words = what.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()
  const units: Readonly<Record<string, string>> = { mps: 'm/s', radps: 'rad/s', m: 'm', rad: 'rad' }
  return unit === undefined ? words : `${words}, ${units[unit] ?? unit}`
}
