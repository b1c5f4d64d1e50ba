/**
 * Softmax of logits into weights that sum to 1; weights below `floor` are dropped and the rest share
 * what they had, so that skills nobody wants cost nothing. Arrays [n].
 */
export function softmaxWeights(
  logits: ArrayLike<number>,
  logitsAt: number,
  out: Float32Array,
  outAt: number,
  n: number,
  floor = 0,
): void {
  let max = Number.NEGATIVE_INFINITY
  for (let k = 0; k < n; k++) max = Math.max(max, logits[logitsAt + k])
  let sum = 0
  for (let k = 0; k < n; k++) {
    const w = Math.exp(logits[logitsAt + k] - max)
    out[outAt + k] = w
    sum += w
  }
  let kept = 0
  for (let k = 0; k < n; k++) {
    const w = out[outAt + k] / sum
    // The greatest stays even when there are so many skills that all are small.
    out[outAt + k] = w < floor && logits[logitsAt + k] < max ? 0 : w
    kept += out[outAt + k]
  }
  for (let k = 0; k < n; k++) out[outAt + k] /= kept
}

/**
 * The blend rule: out[j] += w_k · target_k[j], summed over skills k, after SkillBlender
 * (arXiv 2506.09366, per-joint weights) with one weight per skill and joint, or one per skill when
 * `perJoint` is false. `targets` [nSkills, nDof]; `weights` [nSkills, nDof] or [nSkills].
 */
export function blendTargets(
  targets: Float32Array,
  weights: Float32Array,
  weightsAt: number,
  perJoint: boolean,
  nSkills: number,
  out: Float64Array,
): void {
  const nDof = out.length
  out.fill(0)
  for (let k = 0; k < nSkills; k++) {
    for (let j = 0; j < nDof; j++) {
      const w = perJoint ? weights[weightsAt + k * nDof + j] : weights[weightsAt + k]
      if (w !== 0) out[j] += w * targets[k * nDof + j]
    }
  }
}
