import { type JSX, Show } from 'solid-js'
import type { Action, ActionTargets } from './actions.ts'
import { ConnectionChip } from './connection.tsx'
import { Icon, IconButton, icons } from './icon-button.tsx'
import type { Page } from './page.ts'
import { Scoreboard } from './scoreboard.tsx'
import { ShareMenu } from './share-menu.tsx'

/** What runs, how the link is, who takes part, the score, and the way to everything else. */
export function TopBar(props: {
  page: Page
  robotName: string
  actions: readonly Action[]
  targets: ActionTargets
  isFilming: boolean
  open: (file: File) => Promise<void>
  setFilePicker: (input: HTMLInputElement) => void
  stopButton: () => JSX.Element
}): JSX.Element {
  const { page, targets } = props
  const { live } = page
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
      <IconButton
        name={page.state.theme === 'dark' ? 'Use the light theme' : 'Use the dark theme'}
        title="Dark or light"
        shortcut="T"
        run={targets.toggleTheme}
      >
        <Icon {...icons.theme} />
      </IconButton>
      <IconButton
        name="Panels"
        shortcut="H"
        run={targets.togglePanels}
        pressed={page.state.panelsOpen}
      >
        <Icon {...icons.panels} />
      </IconButton>
      <IconButton
        name="Plots"
        shortcut="G"
        run={targets.togglePlots}
        pressed={page.state.plotsOpen}
      >
        <Icon {...icons.plots} />
      </IconButton>
      <IconButton name="Find an action" shortcut="Ctrl K" run={targets.palette} action="palette">
        <Icon {...icons.find} />
      </IconButton>
      <IconButton name="Keys" shortcut="?" run={targets.help}>
        ?
      </IconButton>
      <Show when={live.accepts('world.pause')}>{props.stopButton()}</Show>
    </header>
  )
}
