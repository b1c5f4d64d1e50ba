import { createViewer, type Viewer } from '@skillweave/viewer'
import { createEffect, onCleanup } from 'solid-js'
import { baseVelocityOf } from './base-velocity.ts'
import type { Page } from './page.ts'
import { exposeTestHook } from './test-hook.ts'

/** Draw the run on a canvas until the owner goes: the viewer, its frames, and what of the page it shows. */
export function startDrawing(page: Page, canvas: HTMLCanvasElement, stage: HTMLElement): void {
  const { live, settings, colors, quality } = page
  const viewer = page.state.picture === 'none' ? null : openViewer(page, canvas)
  if (!viewer) page.set({ picture: 'none' })
  page.viewer = viewer
  if (settings.link.camera) viewer?.setCameraPose(settings.link.camera)

  const resize = new ResizeObserver(() => {
    const { width, height } = stage.getBoundingClientRect()
    viewer?.setSize(Math.round(width), Math.round(height), devicePixelRatio)
  })
  resize.observe(stage)
  const velocityOf = baseVelocityOf(live)
  let frame = 0
  let lastDrawn_ms = 0
  const draw = (now_ms: number): void => {
    frame = requestAnimationFrame(draw)
    if (settings.fpsMax > 0 && now_ms - lastDrawn_ms < 1000 / settings.fpsMax - 2) return
    lastDrawn_ms = now_ms
    // Frames that are slow because somebody asked for it say nothing about the machine.
    if (settings.fpsMax === 0) quality.frame(now_ms)
    live.step(viewer)
    if (!viewer) return
    colors.step(viewer)
    if (page.state.marks.balance) {
      viewer.showBaseVelocity(velocityOf())
      page.set({ captureMargin_m: inCentimetres(viewer.captureMargin()) })
    }
    if (viewer.render(now_ms)) live.countFrame()
  }
  frame = requestAnimationFrame(draw)
  if (settings.test) exposeTestHook(page)
  onCleanup(() => {
    cancelAnimationFrame(frame)
    resize.disconnect()
    viewer?.dispose()
    page.viewer = null
  })
  if (viewer) followPage(page, viewer)
}

/** Text that changes with every millimetre is not read. */
const inCentimetres = (x_m: number | null): number | null =>
  x_m === null ? null : Math.round(100 * x_m) / 100

/** A viewer, or null where the browser has no WebGL 2 for it after all. */
function openViewer(page: Page, canvas: HTMLCanvasElement): Viewer | null {
  const { live, set } = page
  try {
    return createViewer(canvas, {
      theme: page.state.theme,
      quality: page.quality.now(),
      reducedMotion: page.reducedMotion,
      onContext: (isThere) => set({ picture: isThere ? 'there' : 'lost' }),
      handlers: {
        onPush(push) {
          set({ isPushing: true, hasPushed: true })
          live.client.send('world.push', { ...push, validFor_ms: 200 })
        },
        onPushEnd: () => set({ isPushing: false }),
        onPlace: ({ name, pos_w }) => page.place(name, pos_w),
        onGoal: ({ skill, goal }) => page.goalHand.set(skill, goal),
        onSelect: (picked) => page.selection.choose(picked),
        onHover: (hover) => set({ hover }),
      },
    })
  } catch {
    return null
  }
}

/** Whatever changes on the page changes in the picture. */
function followPage(page: Page, viewer: Viewer): void {
  const { live, state } = page
  createEffect(() => viewer.setTheme(state.theme))
  createEffect(() => viewer.setQuality(page.quality.now()))
  createEffect(() => viewer.setMarks({ ...state.marks }))
  createEffect(() => viewer.setColorMode(page.colors.mode()))
  createEffect(() => {
    const what = page.selection.now()
    viewer.select(
      what === null || what.kind === 'skill' ? null : { kind: what.kind, name: what.name },
    )
  })
  createEffect(() => {
    const { status, frameAge_s, paused, looksBack } = live.state
    const lost = status.state !== 'open'
    const old = !paused && (frameAge_s ?? 0) > 0.5
    viewer.setLight(lost ? 'stopped' : old ? 'stale' : 'live')
    const canAct = !lost && status.role !== 'spectator' && !looksBack
    viewer.setGestures({
      world: canAct && live.accepts('world.push'),
      goals: canAct && live.accepts('skill.goal') && state.marks.goals,
    })
  })
}
