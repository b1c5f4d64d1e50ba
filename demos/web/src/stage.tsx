import { For, type JSX, onCleanup, onMount, Show } from 'solid-js'
import type { ActionTargets } from './actions.ts'
import { LinkBanner } from './connection.tsx'
import { startDrawing } from './drawing.ts'
import { bindEmbed } from './embed.ts'
import { Hints } from './hints.tsx'
import type { Page } from './page.ts'
import { RobotStrip } from './robot-strip.tsx'
import { SceneButtons } from './scene-buttons.tsx'
import { balanceWords, captureWords, slowWords, spoken } from './sentences.ts'
import { SpokenSummary } from './spoken-summary.tsx'
import type { Steering } from './steer.ts'
import { ThumbSticks } from './thumb-stick.tsx'

/** The scene, what is said over it, and the buttons about how to look at it. */
export function Stage(props: {
  page: Page
  targets: ActionTargets
  sentence: string
  steering: Steering
  openProblem: string
  setCanvas: (canvas: HTMLCanvasElement) => void
}): JSX.Element {
  const { page } = props
  const { live, settings } = page
  const { state } = live
  let canvas!: HTMLCanvasElement
  let stage!: HTMLDivElement
  onMount(() => {
    props.setCanvas(canvas)
    startDrawing(page, canvas, stage)
    if (settings.embed === null) return
    onCleanup(
      bindEmbed({ live, viewer: () => page.viewer, element: stage, allowed: settings.allowed }),
    )
  })
  const isTouch = matchMedia('(pointer: coarse)').matches
  /** Thumbs are offered where keys and gamepads would do something. */
  const canSteer = (): boolean =>
    isTouch &&
    !state.looksBack &&
    ((state.accepts !== null && live.accepts('command.velocity')) ||
      (state.targets.length > 0 && live.accepts('target.place')))

  return (
    <main class="stage" ref={stage} aria-label="Scene">
      <RobotStrip live={live} />
      <canvas
        ref={canvas}
        tabindex="0"
        role="img"
        aria-label={`Three-dimensional view. ${props.sentence}`}
        class="scene"
      />
      <Show when={pictureWords[page.state.picture]}>
        {(words) => (
          <p class="no-webgl" role="status">
            {words()}
          </p>
        )}
      </Show>
      <Show when={state.robots.length === 0 && page.state.picture === 'there'}>
        <div class="still" aria-hidden="true" />
      </Show>
      <LinkBanner state={state} source={page.source} retry={() => live.client.retryNow()} />
      <Show when={props.openProblem}>
        <p class="notice error" role="alert">
          {props.openProblem}
        </p>
      </Show>
      <SceneButtons page={page} targets={props.targets} />
      <Show when={canSteer()}>
        <ThumbSticks live={live} steering={props.steering} />
      </Show>
      <BelowScene page={page} sentence={props.sentence} />
      <For each={state.notices.filter((n) => n.text !== '')}>
        {(n) => <p class={`notice ${n.level}`}>{n.text}</p>}
      </For>
    </main>
  )
}

/** What the robot does, in words; and what is pointed at, selected or about to be done. */
function BelowScene(props: { page: Page; sentence: string }): JSX.Element {
  const { page } = props
  const { live, selection } = page
  const { state } = live
  return (
    <div class="below-scene">
      <Hints
        hasPushed={page.state.hasPushed}
        hasPlaced={page.state.hasPlaced}
        looksBack={state.looksBack}
        places={state.scene?.objects.find((o) => o.look === 'hoop' || o.look === 'target')?.look}
        ready={state.frameAge_s !== null && live.accepts('world.push')}
      />
      <Show when={page.state.armed}>
        {(name) => (
          <p class="hint">Click the floor to put the {spoken(name())} there. Esc to leave it.</p>
        )}
      </Show>
      <Show when={state.isSlow}>
        <p class="slow" role="status">
          {slowWords({
            asked: state.speed,
            reached: state.reachedSpeed,
            robots: state.robots.length,
          })}
        </p>
      </Show>
      <p class="sentence">{state.complaint || props.sentence}</p>
      <Show when={page.state.summaryOn}>
        <SpokenSummary live={live} sentence={() => props.sentence} />
      </Show>
      <Show when={(state.push_N ?? 0) >= 1}>
        <span class="hover-name">{state.push_N?.toFixed(0)} N</span>
      </Show>
      <Show when={page.state.marks.balance && state.marks.includes('balance')}>
        <span class="hover-name">
          {balanceWords(state.margin_m)}
          {captureWords(page.state.captureMargin_m)}
        </span>
      </Show>
      <Show when={page.colors.color() === 'return'}>
        <span class="hover-name">return: dark is the least of these robots, yellow the most</span>
      </Show>
      <Show when={selection.now()}>
        {(what) => (
          <span class="selected-name" role="status">
            selected: {spoken(what().name)}
          </span>
        )}
      </Show>
      <Show when={page.state.hover && !page.state.isPushing}>
        <span class="hover-name">{spoken(page.state.hover ?? '')}</span>
      </Show>
    </div>
  )
}

const pictureWords = {
  there: '',
  none: 'No 3D here: WebGL 2 is off in this browser. Skills, strip, plots and controls still work.',
  lost: 'The browser took the graphics away; the picture comes back by itself. Skills, strip, plots and controls still work.',
} as const
