import type { SkillDescription } from '@skillweave/protocol'
import { skillColor } from '@skillweave/viewer'
import { createEffect, createMemo, createSignal, For, type JSX, on, Show } from 'solid-js'
import { GoalsByHand } from './goals-by-hand.tsx'
import { HeatMap } from './heat-map.tsx'
import { type JointScope, jointKey, jointScopes, scopeWeights } from './joint-scopes.ts'
import type { Page } from './page.ts'
import { jointOf, linkOf } from './selection.ts'
import {
  emptyMix,
  holdAt,
  isHeld,
  release,
  type SkillMix,
  toggleMute,
  toggleSolo,
  weightsOf,
} from './skill-mix.ts'

/** How long weights take to get where a hand wants them, s. */
const ramps_s = [0, 0.2, 0.5, 1, 2] as const

/**
 * Live weights of the skills, joint by joint, and faders, mutes and solos to set them by hand while the run goes on:
 * what is set stands, the other skills share the rest.
 */
export function SkillsPanel(props: { page: Page }): JSX.Element {
  const { page } = props
  const { live, selection } = page
  const { state } = live
  const [mixing, setMixing] = createSignal(false)
  const [scopeKey, setScopeKey] = createSignal('body')
  const [ramp_s, setRamp] = createSignal(0.5)
  /** By part of the body. */
  const [mixes, setMixes] = createSignal<Readonly<Record<string, SkillMix>>>({})
  const off = (): boolean =>
    state.status.state !== 'open' || !live.accepts('skill.weights') || state.looksBack
  const scopes = createMemo((): readonly JointScope[] => {
    const [robot] = state.robots
    return robot ? jointScopes(robot) : []
  })
  const scope = (): JointScope | undefined =>
    scopes().find((s) => s.key === scopeKey()) ?? scopes()[0]
  const mix = (): SkillMix => mixes()[scopeKey()] ?? emptyMix
  const weights = (): readonly number[] => {
    const s = scope()
    return s
      ? scopeWeights(s, state.skills.length, state.weights, state.jointWeights)
      : state.weights
  }
  const selectedJoint = (): number | null => jointOf(state.robots[0], selection.now())

  // Given back by a key, by another page or by a rewind: it is not held any more.
  createEffect(
    on(
      () => state.byHand,
      (now, before) => {
        if (before && !now) setMixes({})
      },
    ),
  )
  // Faders are about the joint that is selected, and about the whole body again when none is.
  createEffect(
    on(
      selectedJoint,
      (joint, before) => {
        if (state.jointWeights.length === 0) return
        if (joint !== null) setScopeKey(jointKey(joint))
        else if (before != null && scopeKey() === jointKey(before)) setScopeKey('body')
      },
      { defer: true },
    ),
  )
  const ramp = (): { ramp_s?: number } => (ramp_s() > 0 ? { ramp_s: ramp_s() } : {})
  const giveBack = (): void => {
    setMixes({})
    void live.ask('skill.weights', { weights: null, mode: 'override', ...ramp() })
  }
  /** All there is to say about the part of the body that is shown. */
  const say = async (next: SkillMix): Promise<void> => {
    const here = scope()
    if (!here) return
    const before = mixes()
    // What is said about the whole body is said about all of its parts.
    setMixes({ ...(here.dofs ? before : {}), [here.key]: next })
    const isDone = await live.ask('skill.weights', {
      weights: weightsOf(next),
      ...(here.dofs ? { joints: here.dofs } : {}),
      mode: 'override',
      ...ramp(),
    })
    if (!isDone) setMixes(before)
  }

  return (
    <Show when={state.skills.length > 0}>
      <section class="panel" aria-labelledby="skills-title">
        <header>
          <h2 id="skills-title">Skills</h2>
          <Show when={state.byHand}>
            <button type="button" class="badge" onClick={giveBack} title="Give the choice back (0)">
              by hand · give back
            </button>
          </Show>
        </header>
        <ul class="skills" classList={{ mixing: mixing() }}>
          <For each={state.skills}>
            {(skill, i) => (
              <SkillRow
                page={page}
                skill={skill}
                index={i()}
                weight={weights()[i()] ?? 0}
                mix={mix()}
                isMixing={mixing()}
                isOff={off()}
                say={(next) => void say(next)}
              />
            )}
          </For>
        </ul>
        <Show when={live.accepts('skill.weights')}>
          <label class="check">
            <input
              type="checkbox"
              disabled={off()}
              checked={mixing()}
              onChange={(e) => {
                setMixing(e.currentTarget.checked)
                if (!mixing()) giveBack()
              }}
            />
            Mix by hand
          </label>
          <Show when={mixing()}>
            <label class="row">
              <span class="label">ramp</span>
              <select
                class="grow"
                value={String(ramp_s())}
                title="How long weights take to get where they are set"
                onChange={(e) => setRamp(Number(e.currentTarget.value))}
              >
                <For each={ramps_s}>
                  {(s) => <option value={String(s)}>{s === 0 ? 'at once' : `${s} s`}</option>}
                </For>
              </select>
            </label>
          </Show>
        </Show>
        <Show when={state.jointWeights.length > 0 && scopes().length > 0}>
          <label class="row">
            <span class="label">joints</span>
            <select
              class="grow"
              value={scopeKey()}
              onChange={(e) => setScopeKey(e.currentTarget.value)}
            >
              <For each={scopes()}>{(s) => <option value={s.key}>{s.title}</option>}</For>
            </select>
          </label>
          <HeatMap
            live={live}
            theme={page.state.theme}
            shown={scope()?.indices ?? []}
            selected={selectedJoint()}
            choose={(joint) => {
              const [robot] = state.robots
              if (robot) selection.toggle(linkOf(robot, joint))
            }}
          />
        </Show>
        <GoalsByHand live={live} theme={page.state.theme} hand={page.goalHand} />
      </section>
    </Show>
  )
}

/** One skill: its weight; a solo and a mute; and, while they are mixed, a fader. */
function SkillRow(props: {
  page: Page
  skill: SkillDescription
  /** Among the skills. */
  index: number
  weight: number
  mix: SkillMix
  isMixing: boolean
  isOff: boolean
  say: (mix: SkillMix) => void
}): JSX.Element {
  const { selection, live } = props.page
  const { name, title } = props.skill
  const color = (): string => skillColor(props.page.state.theme, props.skill.color)
  const isByHand = (): boolean => live.state.byHand && isHeld(props.mix, name)
  return (
    <li classList={{ leads: props.weight > 0.5 }}>
      <button
        type="button"
        class="skill-name"
        aria-pressed={selection.is({ kind: 'skill', name })}
        title="Select this skill on the whole page"
        onClick={() => selection.toggle({ kind: 'skill', name })}
      >
        <span class="swatch" style={{ background: color() }} />
        <span class="title">{title}</span>
      </button>
      <span class="meter" aria-hidden="true">
        <span
          class="fill"
          style={{ transform: `scaleX(${props.weight.toFixed(3)})`, background: color() }}
        />
      </span>
      <span class="number">{props.weight.toFixed(2)}</span>
      <button
        type="button"
        class="letter"
        disabled={props.isOff}
        aria-pressed={props.mix.solo === name}
        aria-label={`Only ${title}`}
        title={`Only this skill (hold ${props.index + 1})`}
        onClick={() => props.say(toggleSolo(props.mix, name))}
      >
        S
      </button>
      <button
        type="button"
        class="letter"
        disabled={props.isOff}
        aria-pressed={props.mix.muted.includes(name)}
        aria-label={`Mute ${title}`}
        title="Without this skill"
        onClick={() => props.say(toggleMute(props.mix, name))}
      >
        M
      </button>
      <Show when={props.isMixing}>
        <span class="fader">
          <input
            type="range"
            class="fader-range"
            min="0"
            max="1"
            step="0.01"
            disabled={props.isOff}
            value={props.mix.held[name] ?? props.weight}
            aria-label={`Set ${title}`}
            onInput={(e) => props.say(holdAt(props.mix, name, e.currentTarget.valueAsNumber))}
          />
          <button
            type="button"
            class="release"
            disabled={!isByHand()}
            aria-label={`Give ${title} back`}
            title="Give it back"
            onClick={() => props.say(release(props.mix, name))}
          >
            ×
          </button>
        </span>
      </Show>
    </li>
  )
}
