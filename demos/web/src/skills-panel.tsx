import { skillColor, type Theme } from '@skillweave/viewer'
import { createEffect, createSignal, For, type JSX, Show } from 'solid-js'
import type { Live } from './live.ts'
import { spoken } from './sentences.ts'

/** Live weights of the skills, and the mixer to set them by hand. */
export function SkillsPanel(props: { live: Live; theme: Theme }): JSX.Element {
  const { state } = props.live
  const [mixing, setMixing] = createSignal(false)
  const [faders, setFaders] = createSignal<readonly number[]>([])
  const off = (): boolean => state.status.state !== 'open'

  const startMixing = (isOn: boolean): void => {
    setMixing(isOn)
    if (isOn) setFaders(state.skills.map((_, i) => state.weights[i] ?? 0))
    else giveBack()
  }
  const giveBack = (): void => {
    setMixing(false)
    props.live.ask('skill.weights', { weights: null, mode: 'override' })
  }
  const move = (i: number, value: number): void => {
    const next = faders().map((f, k) => (k === i ? value : f))
    setFaders(next)
    if (next.every((f) => f === 0)) return
    props.live.ask('skill.weights', {
      weights: Object.fromEntries(state.skills.map((s, k) => [s.name, next[k]])),
      mode: 'override',
      ramp_s: 0.2,
    })
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
        <ul class="skills">
          <For each={state.skills}>
            {(skill, i) => {
              const w = (): number => state.weights[i()] ?? 0
              const leads = (): boolean => w() > 0.5
              return (
                <li classList={{ leads: leads() }}>
                  <button
                    type="button"
                    class="solo"
                    disabled={off()}
                    title={`Only this skill (hold ${i() + 1})`}
                    aria-label={`Only ${skill.title}`}
                    onClick={() => props.live.ask('skill.select', { skill: skill.name })}
                  >
                    <span
                      class="swatch"
                      style={{ background: skillColor(props.theme, skill.color) }}
                    />
                    <span class="title">{skill.title}</span>
                  </button>
                  <span class="meter" aria-hidden="true">
                    <span
                      class="fill"
                      style={{
                        transform: `scaleX(${w().toFixed(3)})`,
                        background: skillColor(props.theme, skill.color),
                      }}
                    />
                  </span>
                  <span class="number">{w().toFixed(2)}</span>
                  <Show when={mixing()}>
                    <input
                      type="range"
                      min="0"
                      max="1"
                      step="0.01"
                      value={faders()[i()] ?? 0}
                      aria-label={`Set ${skill.title}`}
                      onInput={(e) => move(i(), e.currentTarget.valueAsNumber)}
                    />
                  </Show>
                </li>
              )
            }}
          </For>
        </ul>
        <label class="check">
          <input
            type="checkbox"
            disabled={off()}
            checked={mixing()}
            onChange={(e) => startMixing(e.currentTarget.checked)}
          />
          Mix by hand
        </label>
        <Show when={state.jointWeights.length > 0}>
          <HeatMap live={props.live} theme={props.theme} />
        </Show>
      </section>
    </Show>
  )
}

/** Joints down, skills across: how much each skill has to say about each joint. */
function HeatMap(props: { live: Live; theme: Theme }): JSX.Element {
  const { state } = props.live
  let canvas!: HTMLCanvasElement
  const joints = () => state.robots[0]?.joints ?? []
  const rowHeight = 12
  createEffect(() => {
    const rows = joints()
    const n = state.skills.length
    const dofs = state.robots[0]?.dofNames.length ?? 0
    const weights = state.jointWeights
    const g = canvas.getContext('2d')
    if (!g) return
    const ratio = devicePixelRatio
    const width = canvas.clientWidth
    canvas.width = width * ratio
    canvas.height = rows.length * rowHeight * ratio
    g.scale(ratio, ratio)
    const names = 108
    const cell = (width - names) / Math.max(1, n)
    const style = getComputedStyle(canvas)
    g.font = '10px system-ui, sans-serif'
    g.textBaseline = 'middle'
    rows.forEach((joint, r) => {
      g.globalAlpha = 1
      g.fillStyle = style.color
      g.fillText(spoken(joint.name), 0, r * rowHeight + rowHeight / 2, names - 6)
      for (let k = 0; k < n; k++) {
        g.globalAlpha = 0.08 + 0.92 * (weights[k * dofs + joint.dof] ?? 0)
        g.fillStyle = skillColor(props.theme, state.skills[k].color)
        g.fillRect(names + k * cell + 1, r * rowHeight + 1, cell - 2, rowHeight - 2)
      }
    })
  })
  return (
    <canvas
      ref={canvas}
      class="heat"
      role="img"
      style={{ height: `${joints().length * rowHeight}px` }}
      aria-label="Weight of each skill for each joint"
    />
  )
}
