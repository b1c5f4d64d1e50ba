import type { Theme } from '@skillweave/viewer'
import { type JSX, Show } from 'solid-js'
import type { Action, ActionTargets } from './actions.ts'
import { ConnectionChip } from './connection.tsx'
import type { Live } from './live.ts'
import { Scoreboard } from './scoreboard.tsx'
import { ShareMenu } from './share-menu.tsx'

/** What runs, how the link is, who takes part, the score, and the way to everything else. */
export function TopBar(props: {
  live: Live
  robotName: string
  actions: readonly Action[]
  targets: ActionTargets
  theme: Theme
  panelsOpen: boolean
  plotsOpen: boolean
  isFilming: boolean
  open: (file: File) => Promise<void>
  setFilePicker: (input: HTMLInputElement) => void
  stopButton: () => JSX.Element
}): JSX.Element {
  const { live, targets } = props
  const { state, source } = live
  return (
    <header class="bar">
      <h1>
        <span class="mark" aria-hidden="true" />
        {state.scene?.title ?? 'Skillweave'}
        <Show when={props.robotName}>
          <span class="robot-name">{props.robotName}</span>
        </Show>
      </h1>
      <ConnectionChip state={state} source={source} />
      <Show when={source.kind === 'server' && state.status.role === 'spectator'}>
        <button
          type="button"
          class="badge"
          onClick={targets.changeRole}
          title="This page only watches: it can look back, plot and record, but change nothing (Y)"
          data-action="take-part"
        >
          watching · take part
        </button>
      </Show>
      <Show when={(state.clients ?? 1) > 1}>
        <span class="quiet" title="Programs that follow this run">
          {state.clients} here
        </span>
      </Show>
      <Show when={state.seed !== null}>
        <span class="quiet">seed {state.seed}</span>
      </Show>
      <span class="grow" />
      <Scoreboard state={state} />
      <span class="grow" />
      <ShareMenu live={live} actions={props.actions} isFilming={props.isFilming} />
      <input
        ref={(el) => props.setFilePicker(el)}
        type="file"
        accept=".mcap"
        hidden
        aria-label="Recording to open"
        onChange={(e) => {
          const [file] = e.currentTarget.files ?? []
          if (file) void props.open(file)
          e.currentTarget.value = ''
        }}
      />
      <button
        type="button"
        class="icon"
        onClick={targets.toggleTheme}
        title="Dark or light (T)"
        aria-label={props.theme === 'dark' ? 'Use the light theme' : 'Use the dark theme'}
      >
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path d="M8 1a7 7 0 1 0 0 14z" fill="currentColor" />
          <circle cx="8" cy="8" r="6.3" fill="none" stroke="currentColor" stroke-width="1.4" />
        </svg>
      </button>
      <button
        type="button"
        class="icon"
        onClick={targets.togglePanels}
        aria-pressed={props.panelsOpen}
        aria-label="Panels"
        title="Panels (H)"
      >
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path d="M1.7 2.7h12.6v10.6H1.7z" fill="none" stroke="currentColor" stroke-width="1.4" />
          <path d="M2 3h4v10H2z" fill="currentColor" />
        </svg>
      </button>
      <button
        type="button"
        class="icon"
        onClick={targets.togglePlots}
        aria-pressed={props.plotsOpen}
        aria-label="Plots"
        title="Plots (G)"
      >
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path
            d="M1.7 2v12h12.6M3.5 10.5l3-4 2.5 2.5 4-5.5"
            fill="none"
            stroke="currentColor"
            stroke-width="1.4"
          />
        </svg>
      </button>
      <button
        type="button"
        class="icon"
        onClick={targets.palette}
        aria-label="Find an action"
        title="Find an action (Ctrl K)"
        data-action="palette"
      >
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <circle cx="6.6" cy="6.6" r="4.4" fill="none" stroke="currentColor" stroke-width="1.4" />
          <path d="M10 10l4 4" stroke="currentColor" stroke-width="1.4" />
        </svg>
      </button>
      <button type="button" class="icon" onClick={targets.help} aria-label="Keys" title="Keys (?)">
        ?
      </button>
      <Show when={live.accepts('world.pause')}>{props.stopButton()}</Show>
    </header>
  )
}
