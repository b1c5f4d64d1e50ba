import { createSignal, type JSX } from 'solid-js'
import type { Live } from './live-interface.ts'
import type { Steering } from './steer.ts'
import { atRest } from './stick.ts'

const radius_px = 44

/** Two sticks for thumbs, where a finger is the pointer: the left one goes, the right one turns and lifts. */
export function ThumbSticks(props: { live: Live; steering: Steering }): JSX.Element {
  const set = (part: Partial<Steering['thumb']>): void => {
    props.steering.thumb = { ...props.steering.thumb, ...part }
  }
  return (
    <div class="thumbs">
      <ThumbStick
        label="Go"
        move={(right, up) => set({ x: up, y: right === 0 ? 0 : -right })}
        letGo={() => set({ x: atRest.x, y: atRest.y })}
      />
      <ThumbStick
        label="Turn and lift"
        move={(right, up) => set({ z: up, yaw: right === 0 ? 0 : -right })}
        letGo={() => set({ z: atRest.z, yaw: atRest.yaw })}
      />
    </div>
  )
}

function ThumbStick(props: {
  label: string
  move: (right: number, up: number) => void
  letGo: () => void
}): JSX.Element {
  const [knob, setKnob] = createSignal({ x: 0, y: 0 })
  const move = (e: PointerEvent & { currentTarget: HTMLElement }): void => {
    if (!e.currentTarget.hasPointerCapture(e.pointerId)) return
    const box = e.currentTarget.getBoundingClientRect()
    const x = (e.clientX - box.left - box.width / 2) / radius_px
    const y = (e.clientY - box.top - box.height / 2) / radius_px
    const size = Math.max(1, Math.hypot(x, y))
    setKnob({ x: x / size, y: y / size })
    props.move(x / size, -y / size)
  }
  const letGo = (): void => {
    setKnob({ x: 0, y: 0 })
    props.letGo()
  }
  return (
    <div
      class="thumb"
      role="img"
      aria-label={`${props.label}: a stick for a thumb; W A S D, Q E do the same`}
      onPointerDown={(e) => {
        e.currentTarget.setPointerCapture(e.pointerId)
        move(e)
      }}
      onPointerMove={move}
      onPointerUp={letGo}
      onPointerCancel={letGo}
    >
      <span
        class="knob"
        style={{
          transform: `translate(${(knob().x * radius_px).toFixed(0)}px, ${(knob().y * radius_px).toFixed(0)}px)`,
        }}
      />
    </div>
  )
}
