import type { ObservationTerm } from '@skillweave/mdp'
import { dofCount, type Robot } from '@skillweave/model'
import type { SkillSet } from '@skillweave/skills'

/**
 * Skills that nobody trained: each moves the joints by a smooth function of what it senses and of
 * its label. `senseSize`: numbers the senses write.
 */
export function fakeSkillSet(
  robot: Robot,
  options: {
    readonly names: readonly string[]
    readonly senses: Readonly<Record<string, ObservationTerm>>
    readonly senseSize: number
    readonly scale?: number
  },
): SkillSet {
  const inputSize = options.senseSize + options.names.length
  const outputSize = dofCount(robot.model)
  return {
    names: options.names,
    senses: options.senses,
    scale: options.scale ?? 0.25,
    network: {
      inputSize,
      outputSize,
      run: (input, output, n) => {
        for (let row = 0; row < n; row++) {
          let sum = 0
          for (let i = 0; i < inputSize; i++) sum += (1 + (i % 7)) * input[row * inputSize + i]
          for (let j = 0; j < outputSize; j++) {
            output[row * outputSize + j] = 0.5 * Math.sin(0.1 * sum + j)
          }
        }
      },
    },
  }
}
