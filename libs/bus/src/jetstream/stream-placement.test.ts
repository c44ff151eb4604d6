import { JetStreamApiError } from '@nats-io/jetstream';
import { expect, test } from 'vitest';
import { StreamPlacement } from './stream-placement.ts';

const SERVER = { server_name: 'n1', cluster: 'media' };
const NO_PEERS = new JetStreamApiError({ code: 400, err_code: 10_005, description: 'no suitable peers for placement' });
const TAGGED = { replicas: 1, placement: { cluster: 'media', tags: ['server:n1'] }, timeoutMs: 500 };

test('a single server keeps everything itself', () => {
  const placement = new StreamPlacement();
  for (const attempt of [1, 2, 3]) expect(placement.place({ server_name: 'n1' }, attempt)).toEqual({ replicas: 1 });
});

test('in a cluster, the server of the connection', () => {
  const placement = new StreamPlacement();
  for (const attempt of [1, 2, 3]) {
    const place = placement.place(SERVER, attempt);
    expect(place).toEqual(TAGGED);
    placement.succeeded(place);
  }
  expect(placement.failed(TAGGED, NO_PEERS)).toBe(false); // full, not without tags
  expect(placement.place(SERVER, 1)).toEqual(TAGGED);
});

test('without tags, three copies after a single one was asked for in vain', () => {
  const placement = new StreamPlacement();
  expect(placement.failed(TAGGED, new Error('timeout'))).toBe(false);
  expect(placement.place(SERVER, 2)).toEqual(TAGGED);
  expect(placement.failed(TAGGED, NO_PEERS)).toBe(true);
  expect([1, 2, 3].map((attempt) => placement.place(SERVER, attempt))).toEqual([
    { replicas: 1, timeoutMs: 500 },
    { replicas: 3, timeoutMs: 1_000 },
    { replicas: 1, timeoutMs: 500 },
  ]);
  expect(placement.failed({ replicas: 1 }, NO_PEERS)).toBe(false);
});
