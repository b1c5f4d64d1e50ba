import { chooseSubprotocol } from '@skillweave/protocol'
import { expect, it } from 'vitest'

it('takes our subprotocol wherever it stands in the offer', () => {
  expect(chooseSubprotocol(['skillweave.v9', 'skillweave.v1'])).toEqual({
    kind: 'same',
    name: 'skillweave.v1',
  })
})

it('tells a client of another major who has to update', () => {
  expect(chooseSubprotocol(['skillweave.v2'])).toEqual({
    kind: 'other-major',
    name: 'skillweave.v2',
    text: 'This server speaks skillweave.v1, the client skillweave.v2. Update the server.',
  })
  expect(chooseSubprotocol(['skillweave.v0'])).toMatchObject({
    text: expect.stringContaining('Reload the page'),
  })
})

it('does not know strangers', () => {
  expect(chooseSubprotocol(['foxglove.sdk.v1']).kind).toBe('unknown')
  expect(chooseSubprotocol([]).kind).toBe('unknown')
})
