import {
  type Channel,
  createDecoder,
  createEncoder,
  createFrame,
  type Frame,
} from '@skillweave/protocol'

/** A controller seen from the wire: a state frame in, a command frame out. */
export interface WireController {
  /** Of the lease it believes to hold. */
  epoch: number
  validFor_ms: number
  /** The newest state it saw. */
  readonly state: Frame
  /** Decide on this state; undefined when the frame cannot be read. The bytes are overwritten by the next call. */
  answer(stateFrame: Uint8Array): Uint8Array<ArrayBuffer> | undefined
}

/** `decide` fills the command's values from the state; what it leaves alone stays as it was. */
export function createWireController(options: {
  readonly state: Channel
  readonly command: Channel
  decide(state: Frame['values'], command: Frame['values'], time_s: number): void
}): WireController {
  const decoder = createDecoder(options.state)
  const state = createFrame(options.state)
  const encoder = createEncoder(options.command)
  const controller: WireController = {
    epoch: 0,
    validFor_ms: 80,
    state,
    answer: (bytes) => {
      if (decoder.decode(bytes, state) !== null) return undefined
      const { values } = encoder
      options.decide(state.values, values, state.time_s)
      values.leaseEpoch[0] = controller.epoch
      values.stateSeq[0] = state.seq
      values.stateTime_s[0] = state.time_s
      values.validFor_ms[0] = controller.validFor_ms
      return encoder.encode(state.time_s)
    },
  }
  return controller
}
