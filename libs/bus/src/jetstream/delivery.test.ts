import { expect, test } from 'vitest';
import { readDelivery } from './delivery.ts';

test.each([
  ['$JS.ACK.MEDIA_a_1_0.cons.1.17.3.1700000000000000000.42', 17, 3, 42],
  ['$JS.ACK.hub.AbCdEf.MEDIA_a_1_0.cons.1.9007199254740991.8.1700000000000000000.0', 9007199254740991, 8, 0],
  ['$JS.ACK._.AbCdEf.MEDIA_a_1_0.cons.1.5.4.1700000000000000000.7.token', 5, 4, 7],
])('%s', (reply, streamSequence, consumerSequence, waiting) => {
  const delivery = { streamSequence: 0, consumerSequence: 0, waiting: 0 };
  expect(readDelivery(reply, delivery)).toBe(true);
  expect(delivery).toEqual({ streamSequence, consumerSequence, waiting });
});

test.each(['', '$JS.ACK.', '$JS.ACK.a.b.1.2', '_INBOX.a.b.c.d.e.f.g.h', '$JS.ACK.s.c.1.x.3.4.5', '$JS.ACK.s.c.1.2.x.4.5'])(
  'no delivery: %j',
  (reply) => {
    expect(readDelivery(reply, { streamSequence: 0, consumerSequence: 0, waiting: 0 })).toBe(false);
  },
);
