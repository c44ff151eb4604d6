import { expect, test } from 'vitest';
import { SURE_FOR_MS, leaseStep } from './lease.ts';
import type { LeaseState } from './lease.ts';

const STANDBY: LeaseState = { phase: 'standby' };
const LEADING: LeaseState = { phase: 'leading', revision: 7, renewedMs: 1_000 };

test.each([
  ['a free lease is taken', STANDBY, { type: 'taken', revision: 7, askedMs: 1_000 }, 1_010, { state: LEADING, effect: 'lead' }],
  ['a held lease is not', STANDBY, { type: 'taken', revision: undefined, askedMs: 0 }, 10, { state: STANDBY, effect: undefined }],
  [
    'an answer that comes too late grants nothing',
    STANDBY,
    { type: 'taken', revision: 7, askedMs: 0 },
    SURE_FOR_MS,
    { state: STANDBY, effect: undefined },
  ],
  [
    'renewed',
    LEADING,
    { type: 'renewed', revision: 8, askedMs: 2_000 },
    2_010,
    { state: { phase: 'leading', revision: 8, renewedMs: 2_000 }, effect: undefined },
  ],
  ['lost to another', LEADING, { type: 'renewed', revision: undefined, askedMs: 2_000 }, 2_010, { state: STANDBY, effect: 'stepDown' }],
  ['the store is away for a moment', LEADING, { type: 'storeAway' }, 1_000 + SURE_FOR_MS - 1, { state: LEADING, effect: undefined }],
  ['the store is away for too long', LEADING, { type: 'storeAway' }, 1_000 + SURE_FOR_MS, { state: STANDBY, effect: 'stepDown' }],
  [
    'an old answer to a replica that stands by',
    STANDBY,
    { type: 'renewed', revision: 8, askedMs: 0 },
    1,
    { state: STANDBY, effect: undefined },
  ],
] as const)('%s', (_, state, event, nowMs, step) => {
  expect(leaseStep(state, event, nowMs)).toEqual(step);
});
