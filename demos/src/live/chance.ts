import type { Rng, RngState } from '@skillweave/math'
import type { BindContext, Command, Task } from '@skillweave/mdp'

const name = 'chance'

/** The streams of chance that a task's terms draw from. */
interface Chance extends Command {
  readonly streams: readonly Rng[]
}

/**
 * A task whose chance can be kept and given back: a command that is bound before every other term and
 * sees the streams they get. It asks nothing of the robot.
 */
export const withChance = (task: Task): Task => ({
  ...task,
  commands: { [name]: { name, params: {}, bind: watchStreams }, ...task.commands },
})

function watchStreams({ rng }: BindContext): Chance {
  const streams = [rng]
  const fork = rng.fork
  rng.fork = (stream) => {
    const forked = fork(stream)
    streams.push(forked)
    return forked
  }
  return { streams, reset: () => {}, step: () => {} }
}

type FindCommand = <C extends Command>(name: string) => C

/** State of every stream. `command`: that of an environment made from `withChance`. */
export const keepChance = (command: FindCommand): RngState[] =>
  command<Chance>(name).streams.map((s) => s.save())

export function giveChanceBack(command: FindCommand, kept: readonly RngState[]): void {
  command<Chance>(name).streams.forEach((s, i) => {
    s.restore(kept[i])
  })
}
