import { describe, expect, test } from 'vitest';
import { PublishAcks } from './publish-acks.ts';

function send(acks: PublishAcks, units: number): void {
  for (let i = 0; i < units; i += 1) {
    acks.sentMessage();
    acks.sentUnit();
  }
}

describe('PublishAcks', () => {
  // A state, 5 deltas, a state: the second is 6 after the first when all were kept.
  test.each([
    [16, 0],
    [15, 1],
    [11, 5],
    [10, 5],
  ])('a sequence of %d after 10 means %d lost', (sequence, lost) => {
    const acks = new PublishAcks();
    const first = acks.take(acks.ask('state', 0, undefined));
    send(acks, 5);
    const second = acks.take(acks.ask('state', 0, undefined));
    if (first === undefined || second === undefined) throw new Error('requests are known');
    expect(acks.stored(first, 10)).toBe(0);
    expect(acks.unackedUnits).toBe(5);
    expect(acks.stored(second, sequence)).toBe(lost);
    expect(acks.unackedUnits).toBe(0);
  });

  test('a reply counts once; after a restart, and when forgotten, the outcome is unknown', () => {
    const acks = new PublishAcks();
    const outcomes: string[] = [];
    const settled = (outcome: { result: string }): void => void outcomes.push(outcome.result);
    const request = acks.ask('key', 100, settled);
    expect(acks.overdue(1100, 1000)).toBe(false);
    expect(acks.overdue(1101, 1000)).toBe(true);
    send(acks, 2);
    expect(acks.unasked).toBe(true);
    acks.restart();
    expect(acks.take(request)).toBeUndefined();
    expect(outcomes).toEqual(['unknown']);
    expect([acks.unasked, acks.unackedUnits, acks.overdue(9999, 1)]).toEqual([false, 0, false]);
    const next = acks.ask('state', 0, settled);
    expect(next).not.toBe(request);
    expect(acks.take(next)?.kind).toBe('state');
    expect(acks.take(next)).toBeUndefined();
  });
});
