import { createSignal, For, type JSX, onMount, Show } from 'solid-js'

/** One demo of the site, as `build:web` lists it in `demos.json`. */
interface Card {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly hint: string
  /** Policies this site lacks; a demo without them cannot run. */
  readonly missing: readonly string[]
  readonly picture: string | null
}

/** The first page of a static site: every demo as a card. */
export function StartPage(props: {
  open: (file: File) => Promise<void>
  problem: string
}): JSX.Element {
  const [cards, setCards] = createSignal<readonly Card[]>([])
  const [problem, setProblem] = createSignal('')
  onMount(async () => {
    document.documentElement.dataset.theme = matchMedia('(prefers-color-scheme: light)').matches
      ? 'light'
      : 'dark'
    try {
      const answer = await fetch('./demos.json')
      setCards(await answer.json())
    } catch (error) {
      setProblem(`The list of demos could not be read: ${(error as Error).message}`)
    }
  })
  return (
    <div class="start">
      <header>
        <h1>
          <span class="mark" aria-hidden="true" /> Skillweave
        </h1>
        <p>
          Robots that blend trained skills. Everything runs in this tab: physics, policies and
          controller. Push the robot, move its goals, take it back in time.
        </p>
      </header>
      <main class="cards">
        <For each={cards()}>
          {(card) => {
            const preview = createPreview(card.missing.length === 0)
            return (
              <article classList={{ missing: card.missing.length > 0 }} {...preview.events}>
                <Show when={preview.isMoving()}>
                  <iframe
                    class="moving"
                    title={`${card.title}, running`}
                    tabindex="-1"
                    aria-hidden="true"
                    src={`./?demo=${card.name}&embed=1&fps=30`}
                  />
                </Show>
                <div class="still" aria-hidden="true">
                  <Show when={card.picture}>
                    {(src) => <img src={src()} alt="" width="640" height="360" loading="lazy" />}
                  </Show>
                </div>
                <h2>
                  <Show when={card.missing.length === 0} fallback={card.title}>
                    <a href={`./?demo=${card.name}`}>{card.title}</a>
                  </Show>
                </h2>
                <p>{card.description}</p>
                <p class="quiet">
                  {card.missing.length === 0
                    ? card.hint
                    : `Not yet: this site has no policy ${card.missing.join(', ')}.`}
                </p>
              </article>
            )
          }}
        </For>
      </main>
      <footer>
        <label class="open">
          Open a recording (.mcap)
          <input
            type="file"
            accept=".mcap"
            class="visually-hidden"
            onChange={(e) => {
              const [file] = e.currentTarget.files ?? []
              if (file) void props.open(file)
            }}
          />
        </label>
        <Show when={props.problem || problem()}>
          <p class="problem" role="alert">
            {props.problem || problem()}
          </p>
        </Show>
      </footer>
    </div>
  )
}

const linger_ms = 350

/** A card that is looked at for a moment runs its demo. Not for those who asked for less motion. */
function createPreview(canRun: boolean) {
  const [isMoving, setMoving] = createSignal(false)
  const isWanted = canRun && !matchMedia('(prefers-reduced-motion: reduce)').matches
  let timer: ReturnType<typeof setTimeout> | undefined
  const begin = (): void => {
    clearTimeout(timer)
    if (isWanted) timer = setTimeout(() => setMoving(true), linger_ms)
  }
  const end = (): void => {
    clearTimeout(timer)
    setMoving(false)
  }
  return {
    isMoving,
    events: { onMouseEnter: begin, onMouseLeave: end, onFocusIn: begin, onFocusOut: end },
  }
}
