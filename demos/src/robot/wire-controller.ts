import { type Channel, createEncoder, type Frame } from '@skillweave/protocol'

/** Fills a command's values from a state; what it leaves alone stays as it was. */
export type Decide = (state: Frame['values'], command: Frame['values'], time_s: number) => void

/** A controller seen from the wire: a state in, a command frame out. */
export interface WireController {
  /** Of the lease it believes to hold. */
  epoch: number
  /** How long a command may act after the state that it answers. */
  validFor_ms: number
  /** Decide on this state. The bytes are overwritten by the next call. */
  answer(state: Frame): Uint8Array<ArrayBuffer>
}

export function createWireController(command: Channel, decide: Decide): WireController {
  const encoder = createEncoder(command)
  const { values } = encoder
  const controller: WireController = {
    epoch: 0,
    validFor_ms: 80,
    answer: (state) => {
      decide(state.values, values, state.time_s)
      values.leaseEpoch[0] = controller.epoch
      values.stateSeq[0] = state.seq
      values.stateTime_s[0] = state.time_s
      values.validFor_ms[0] = controller.validFor_ms
      return encoder.encode(state.time_s)
    },
  }
  return controller
}
