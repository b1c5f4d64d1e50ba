import type { ActionTerm, BoundAction } from '../define.ts'
import { keepArrays, rewindAll, snapshotAll } from '../rewind.ts'

/**
 * An action that arrives late and inexactly: a ← (1 − d) a + d a₋₁ with d ~ U[0, delayMax] drawn per step,
 * then a ← a (1 + noise · N(0, 1)) per element, after SkillBlender (arXiv 2506.09366). What the policy
 * observes as its last action is what it asked for.
 */
export const lagged = (
  p: {
    /** Of a control step. */
    readonly delayMax: number
    readonly noise: number
  },
  action: ActionTerm,
): ActionTerm => ({
  name: action.name,
  params: { ...(action.params as object), lag: p },
  bind: (ctx): BoundAction => {
    const bound = action.bind(ctx)
    const { rng } = ctx
    const { size } = bound
    const late = new Float32Array(size)
    const before = new Float32Array(ctx.nEnvs * size)
    const memories = [bound, keepArrays(before)]
    return {
      ...bound,
      snapshot: () => snapshotAll(memories),
      rewind: (snapshot) => rewindAll(memories, snapshot as readonly unknown[]),
      apply: (s, asked, controls) => {
        const at = s.index * size
        const d = s.step === 0 ? 0 : rng.range(0, p.delayMax)
        for (let j = 0; j < size; j++) {
          const mixed = (1 - d) * asked[j] + d * before[at + j]
          before[at + j] = asked[j]
          late[j] = mixed * (1 + p.noise * rng.normal())
        }
        bound.apply(s, late, controls)
      },
    }
  },
})
