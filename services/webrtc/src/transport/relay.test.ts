import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { createTimerWheel, driveTimerWheel } from '@mediamesh/net';
import { NodeCrypto } from '@mediamesh/platform';
import { Coturn, Lifetime, PortBlock, TemporaryFolder, createCertificate, waitFor } from '@mediamesh/testkit';
import { parseIceServerUrl, serializeBindingRequest } from '@mediamesh/webrtc';
import type { IceServer, StunMessage } from '@mediamesh/webrtc';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { IceServers } from '../server/ice-servers.ts';
import { IceServerPool } from './ice-server-pool.ts';
import type { MuxPeer, PeerPath } from './mux-peers.ts';
import { Relay } from './relay.ts';
import { openSessionPorts } from './session-ports.ts';

const HOST = '127.0.0.1';
const DEADLINE_MS = 20_000;
const USER = { user: 'ann', password: 'secret' };
/** More than are in use: those of a test before may be on their way out. */
const RELAY_PORTS = 20;
const SHARED_SECRET = 'shared';

const crypto = new NodeCrypto();
const timers = createTimerWheel();
const lifetime = new Lifetime();
let block: PortBlock;
let port: number;
let tlsPort: number;
let secretPort: number;

beforeAll(async () => {
  lifetime.own({ close: driveTimerWheel(timers) });
  const folder = lifetime.own(new TemporaryFolder());
  block = lifetime.own(await PortBlock.reserve());
  [port, tlsPort, secretPort] = [await block.take(), await block.take(), await block.take()];
  const relayPorts: number[] = [];
  while (relayPorts.length < RELAY_PORTS) relayPorts.push(await block.take());
  const certificate = await createCertificate(folder);
  setDefaultCACertificates([...getCACertificates(), readFileSync(certificate.certificateFile, 'utf8')]);
  const range = [Math.min(...relayPorts), Math.max(...relayPorts)] as const;
  lifetime.own(await Coturn.start({ address: HOST, port, tlsPort, users: USER, certificate, relayPorts: range }));
  lifetime.own(await Coturn.start({ address: HOST, port: secretPort, users: { secret: SHARED_SECRET }, relayPorts: range }));
});
afterAll(() => lifetime.end());

const lines: string[] = [];
const poolOf = (servers: readonly IceServer[], timeoutMs = DEADLINE_MS): IceServerPool =>
  new IceServerPool({ servers: () => servers, crypto, timers, timeoutMs, log: (_level, message) => lines.push(message) });

async function relayAt(server: IceServer): Promise<Relay> {
  const [relay] = await poolOf([server]).relays(new AbortController().signal);
  if (relay === undefined) throw new Error(`no relay: ${lines.join('; ')}`);
  onTestFinished(() => relay.close());
  return relay;
}

/** Takes everything that comes as the peer's. */
class Taker implements MuxPeer {
  readonly stun: StunMessage[] = [];
  readonly received: string[] = [];
  path: PeerPath | undefined;
  lost = 0;

  receiveStun(message: StunMessage, _bytes: Uint8Array, path: PeerPath): boolean {
    this.stun.push(message);
    this.path = path;
    return true;
  }

  receive(bytes: Uint8Array): void {
    this.received.push(Buffer.from(bytes).toString());
  }

  pathClosed(): void {
    this.lost++;
  }
}

describe('coturn', () => {
  test.each([
    ['UDP', () => ({ url: `turn:${HOST}:${port}`, username: USER.user, credential: USER.password })],
    ['TCP', () => ({ url: `turn:${HOST}:${port}?transport=tcp`, username: USER.user, credential: USER.password })],
    ['TLS', () => ({ url: `turns:localhost:${tlsPort}`, username: USER.user, credential: USER.password })],
    [
      'UDP, with a shared secret',
      () => {
        const url = `turn:${HOST}:${secretPort}`;
        return new IceServers([{ url, username: 'AUTH_SECRET', password: SHARED_SECRET, clientOnly: false }]).forServer()[0]!;
      },
    ],
  ])('relays over %s: messages, then packets through a channel', async (_name, server) => {
    const relays = [await relayAt(server()), await relayAt(server())] as const;
    const takers = relays.map((relay) => {
      const taker = new Taker();
      relay.open(taker);
      return taker;
    });
    const check = (from: number): void => {
      const { address, port: to } = relays[1 - from]!.candidate;
      const request = { transactionId: crypto.randomBytes(12), username: 'a:b', priority: 1, useCandidate: false };
      const role = { tieBreaker: new Uint8Array(8), role: 'controlling' as const };
      relays[from]!.sendTo({ address, port: to }, serializeBindingRequest({ ...request, ...role }, new Uint8Array(8), crypto));
    };
    // What comes before the permission is there is lost: both ask until they hear each other.
    await waitFor(
      () => {
        for (const from of [0, 1]) if (takers[1 - from]!.stun.length === 0) check(from);
        return takers.every(({ stun }) => stun.length > 0);
      },
      { deadlineMs: DEADLINE_MS, what: 'messages in both directions' },
    );
    const path = takers[0]!.path!;
    expect(path.local).toMatchObject({ address: HOST, port: relays[0].candidate.port });
    relays[0].prefer(path.remote);
    await waitFor(() => relays[0].turn.channelOf(path.remote) !== undefined, { deadlineMs: DEADLINE_MS, what: 'the channel' });
    expect(path.sendBatch(Buffer.from('..one..three'), [2, 7], [3, 5], 2)).toBe(2);
    await waitFor(() => takers[1]!.received.length === 2, { deadlineMs: DEADLINE_MS, what: 'both packets' });
    expect(takers[1]!.received).toEqual(['one', 'three']);
    expect(takers.map(({ lost }) => lost)).toEqual([0, 0]);
  });

  test('a wrong password is said, once, and the server left alone for a while', async () => {
    const url = `turn:${HOST}:${port}`;
    const pool = poolOf([{ url, username: USER.user, credential: 'wrong' }]);
    lines.length = 0;
    const { signal } = new AbortController();
    expect(await pool.relays(signal)).toEqual([]);
    expect(await pool.relays(signal)).toEqual([]);
    expect(lines).toEqual([
      `TURN server '${url}' is not used for 30 s, going on without it: it refuses the credentials (401): check username and password`,
    ]);
  });

  test('says what a port looks like from outside; a server that is silent is skipped, with one line', async () => {
    lines.length = 0;
    const silent = `stun:${HOST}:${await block.take()}`;
    const pool = poolOf(
      [silent, `stun:${HOST}:${port}`].map((url) => ({ url, username: '', credential: '' })),
      1_000,
    );
    const ports = await openSessionPorts({ pool, log: () => {}, readBufferBytes: 0 });
    onTestFinished(() => ports.close());
    await ports.reflexive!.ready;
    expect(ports.reflexive!.addresses).toEqual([{ address: HOST, port: ports.mux.udp!.local.port }]);
    expect(lines).toEqual([
      `STUN server '${silent}' does not answer, going on without it: check that it runs, and that UDP to it is let through`,
    ]);
  });

  test('a server that is not there holds nobody up for longer than the timeout', async () => {
    lines.length = 0;
    const url = `turn:${HOST}:${await block.take()}`;
    expect(parseIceServerUrl(url)).toBeDefined();
    expect(await poolOf([{ url, username: 'a', credential: 'b' }], 300).relays(new AbortController().signal)).toEqual([]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('it does not answer: check that it runs, and can be reached');
  });
});
