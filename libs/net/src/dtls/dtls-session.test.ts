import { expect, test } from 'vitest';
import { DtlsContext } from './dtls-context.ts';
import { DtlsSession } from './dtls-session.ts';
import type { SrtpMasterKeys } from './dtls-session.ts';

const server = new DtlsContext();
const client = new DtlsContext();

interface Side {
  session: DtlsSession;
  keys: SrtpMasterKeys | undefined;
  ended: string | undefined;
  readonly data: Uint8Array[];
}

interface PairOptions {
  readonly serverExpects?: string;
  readonly drop?: (index: number) => boolean;
}

/** Two sessions that hand datagrams to each other until nothing is left to say. */
function connect({ serverExpects = client.fingerprint, drop = () => false }: PairOptions = {}) {
  const queue: { readonly to: 'server' | 'client'; readonly bytes: Uint8Array }[] = [];
  let sent = 0;
  const sizes: number[] = [];
  const side = (role: 'server' | 'client', expected: string): Side => {
    const made: Side = { session: undefined as never, keys: undefined, ended: undefined, data: [] };
    made.session = new DtlsSession({
      context: role === 'server' ? server : client,
      role,
      fingerprints: [{ algorithm: 'sha-256', value: expected }],
      send: (bytes) => {
        sizes.push(bytes.length);
        if (!drop(sent++)) queue.push({ to: role === 'server' ? 'client' : 'server', bytes: new Uint8Array(bytes) });
      },
      onKeys: (keys) => (made.keys = keys),
      onData: (data) => made.data.push(new Uint8Array(data)),
      onEnd: (reason) => (made.ended = reason),
    });
    return made;
  };
  const sides = { server: side('server', serverExpects), client: side('client', server.fingerprint) };
  const run = (): void => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) sides[next.to].session.receive(next.bytes);
  };
  sides.client.session.start();
  run();
  return { ...sides, run, sizes };
}

test('both sides have the same keys, each its own for what it sends', () => {
  const { server: one, client: other, sizes } = connect();
  expect(one.session.isConnected).toBe(true);
  expect(one.keys?.ours).toEqual(other.keys?.theirs);
  expect(one.keys?.theirs).toEqual(other.keys?.ours);
  expect(one.keys?.ours).not.toEqual(one.keys?.theirs);
  expect(one.keys?.ours).toHaveLength(30);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1_200);
});

test('a peer with another certificate than the one of its SDP is refused, and gets no keys', () => {
  const { server: one } = connect({ serverExpects: server.fingerprint });
  expect(one.keys).toBeUndefined();
  expect(one.ended).toMatch(/the certificate is not the one/);
});

test('data comes as it was sent, a record each', () => {
  const pair = connect();
  const records = [new Uint8Array(1_160).fill(7), Uint8Array.of(1)];
  for (const data of records) pair.server.session.send(data);
  pair.client.session.send(Uint8Array.of(2, 3));
  pair.run();
  expect(pair.client.data).toEqual(records);
  expect(pair.server.data).toEqual([Uint8Array.of(2, 3)]);
  expect(Math.max(...pair.sizes)).toBeLessThanOrEqual(1_200);
  pair.client.session.close();
  pair.client.session.send(Uint8Array.of(4));
  pair.run();
  expect(pair.server.data).toHaveLength(1);
});

test('the end is told to the peer', () => {
  const pair = connect();
  pair.client.session.close();
  pair.run();
  expect(pair.server.ended).toBe('peer connection closed');
});

test('what is no DTLS changes nothing', () => {
  const pair = connect();
  for (let length = 1; length < 64; length++) pair.server.session.receive(new Uint8Array(length).fill(20 + (length % 40)));
  expect(pair.server.ended).toBeUndefined();
  pair.client.session.close();
  pair.run();
  expect(pair.server.ended).toBe('peer connection closed');
});
