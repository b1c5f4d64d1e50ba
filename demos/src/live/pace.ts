/** While nobody waits for real time, let timers and sockets have their turn this often, ms. */
const breath_ms = 50
/** Behind by more than this, the clock is set anew: what was lost is not caught up, ms. */
const lateMax_ms = 250

/** Keeps a run in step with the clock, or holds it. */
export interface Pace {
  readonly isPaused: boolean
  readonly speed: number
  /** Held, and no step is asked for. */
  readonly isHeld: boolean
  pause(isPaused: boolean): void
  /** Hold, but for so many steps more. */
  step(count: number): void
  setSpeed(speed: number): void
  /** The run's time and the clock's go on together from now. */
  rezero(): void
  /** Wait until the next control step is due, or something else has to be done first; calls are taken in meanwhile. */
  wait(): Promise<void>
  /** Let others have their turn, if they had none for a while. */
  breathe(): Promise<void>
}

export function createPace(options: {
  readonly speed: number
  /** As fast as it goes. */
  readonly isUnpaced: boolean
  /** The run's time, s. */
  readonly time_s: () => number
  /** Take calls in. */
  readonly listen: () => void
  /** Waiting is over, whatever the clock says. */
  readonly isInterrupted: () => boolean
}): Pace {
  const { time_s, listen, isInterrupted } = options
  let { speed } = options
  let isPaused = false
  let stepsWanted = 0
  let clockZero = performance.now()
  let simZero = 0
  let lastBreath = clockZero

  const pace: Pace = {
    get isPaused() {
      return isPaused
    },
    get speed() {
      return speed
    },
    get isHeld() {
      return isPaused && stepsWanted === 0
    },
    pause(next) {
      isPaused = next
      stepsWanted = 0
      pace.rezero()
    },
    step(count) {
      isPaused = true
      stepsWanted += count
    },
    setSpeed(next) {
      speed = next
      pace.rezero()
    },
    rezero() {
      clockZero = performance.now()
      simZero = time_s()
    },
    async wait() {
      for (;;) {
        listen()
        if (isInterrupted()) return
        if (isPaused) {
          if (stepsWanted > 0) {
            stepsWanted--
            return
          }
          await sleep(10)
          continue
        }
        if (options.isUnpaced) return pace.breathe()
        const due = clockZero + ((time_s() - simZero) * 1000) / speed
        const wait = due - performance.now()
        if (wait < -lateMax_ms) pace.rezero()
        if (wait <= 1) return pace.breathe()
        lastBreath = performance.now()
        await sleep(Math.min(wait, 15))
      }
    },
    async breathe() {
      if (performance.now() - lastBreath < breath_ms) return
      await sleep(0)
      lastBreath = performance.now()
    },
  }
  return pace
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
