import { EMPTY_BYTES } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { LossGate } from './loss-gate.ts';

/** A packet that comes while no unit is in progress: its timestamp, its start kind, whether it has the marker, and whether it is admitted. */
type Step = readonly [timestamp: number, startKind: number, marker: boolean, admitted: boolean];

/** `lose` says in which timestamp a unit was in progress; negative for none. */
type Event = Step | { readonly lose: number };

const CASES: readonly { readonly name: string; readonly events: readonly Event[] }[] = [
  {
    name: 'the first packet of a stream must start a unit',
    events: [
      [1, -1, false, false],
      [1, 3, false, false],
      [2, -1, false, true],
    ],
  },
  { name: 'any kind starts the first unit', events: [[1, 3, false, true]] },
  {
    name: 'without loss everything is admitted',
    events: [
      [1, 3, true, true],
      [2, -1, true, true],
      [3, 9, true, true],
    ],
  },
  {
    name: 'behind the marker of a skipped unit everything is admitted',
    events: [
      [1, -1, true, false],
      [2, -1, false, true],
    ],
  },
  { name: 'after a loss, a known kind starts a unit', events: [[1, 3, true, true], [2, 3, true, true], { lose: -1 }, [4, 3, false, true]] },
  {
    name: 'after a loss, an unknown kind does not',
    events: [[1, 3, true, true], [2, 3, true, true], { lose: -1 }, [4, 5, false, false], [5, 5, false, true]],
  },
  {
    name: 'the unit that the loss cut is not read on',
    events: [[1, 3, true, true], [2, 3, true, true], { lose: 2 }, [2, 3, false, false], [3, 3, false, true]],
  },
  {
    name: 'a change from the timestamp before the loss proves nothing',
    events: [[1, 3, true, true], [2, 3, true, true], { lose: 2 }, [3, -1, false, false], [4, -1, false, true]],
  },
  {
    name: 'two losses in a row',
    events: [
      [1, 3, true, true],
      [2, 3, true, true],
      { lose: 2 },
      [3, -1, false, false],
      { lose: -1 },
      [3, 3, false, false],
      [4, 3, false, true],
    ],
  },
];

describe('loss gate', () => {
  test.each(CASES)('$name', ({ events }) => {
    const gate = new LossGate();
    for (const event of events) {
      if ('lose' in event) gate.close(event.lose);
      else {
        const [timestamp, startKind, marker, admitted] = event;
        const packet = { marker, payloadType: 96, sequenceNumber: 0, timestamp, ssrc: 1, payload: EMPTY_BYTES };
        expect(gate.admit(packet, startKind)).toBe(admitted);
      }
    }
  });
});
