import { TimerWheel } from '@mediamesh/net';
import { NodeCrypto } from '@mediamesh/platform';
import { parseStunMessage, serializeBindingRequest } from '@mediamesh/webrtc';
import { expect, onTestFinished, test } from 'vitest';
import { CheckingIce } from './checking-ice.ts';
import { IceMux } from './ice-mux.ts';
import type { PathBase, PeerPath } from './mux-peers.ts';

const crypto = new NodeCrypto();
const REMOTE = { ufrag: 'them', password: 'theirpasswordtheirpassword', candidates: [] };

/** A connection of a client, as the TCP port has one. */
function connection(): PeerPath {
  const base: PathBase = { type: 'host', priority: 1, reaches: () => false, sendTo: () => {}, prefer: () => {} };
  const remote = { address: '192.0.2.7', port: 5_000, key: '192.0.2.7:5000' };
  return { base, remote, local: { address: '192.0.2.1', port: 1 }, protocol: 'tcp', queuedBytes: 0, send: () => {}, sendBatch: () => 0 };
}

class Rig {
  nowMs = 0;
  readonly selected: PeerPath[] = [];
  lost = 0;
  readonly ice: CheckingIce;

  constructor() {
    const ports = { mux: new IceMux(), reflexive: undefined, close: () => Promise.resolve() };
    const timers = new TimerWheel(() => this.nowMs);
    this.ice = new CheckingIce({ crypto, timers, ports, isShared: true, relays: [], role: 'controlled', allowsLoopback: false });
    onTestFinished(() => this.ice.close());
    this.ice.open({ select: (path) => void this.selected.push(path), lose: () => void this.lost++, receive: () => {} });
    this.ice.check(REMOTE);
  }

  /** A check of the peer, which nominates. */
  check(path: PeerPath, { ufrag, password } = this.ice.credentials): boolean {
    const transactionId = crypto.randomBytes(12);
    const check = { transactionId, username: `${ufrag}:them`, priority: 1, useCandidate: true };
    const request = { ...check, tieBreaker: new Uint8Array(8), role: 'controlling' as const };
    const bytes = serializeBindingRequest(request, Buffer.from(password), crypto);
    return this.ice.receiveStun(parseStunMessage(bytes), bytes, path);
  }
}

test("the peer's nomination is followed, and its loss", () => {
  const rig = new Rig();
  const [first, second] = [connection(), connection()];
  for (const path of [first, first, second]) expect(rig.check(path)).toBe(true);
  expect(rig.selected).toEqual([first, second]);
  rig.ice.pathClosed(first);
  expect(rig.lost).toBe(0);
  rig.ice.pathClosed(second);
  expect(rig.lost).toBe(1);
  const third = connection();
  rig.check(third);
  expect(rig.selected.at(-1)).toBe(third);
});

test('after an ICE restart both credentials count until the new ones are used', () => {
  const rig = new Rig();
  const path = connection();
  const old = rig.ice.credentials;
  rig.check(path);
  rig.ice.restart({ ...REMOTE, ufrag: 'again' });
  expect(rig.check(path, old)).toBe(true);
  expect(rig.check(path)).toBe(true);
  expect(rig.check(path, old)).toBe(false);
});

test('who is not heard for 30 s is gone, also in the middle of an ICE restart', () => {
  const rig = new Rig();
  const path = connection();
  rig.check(path);
  rig.nowMs = 20_000;
  rig.check(path);
  rig.ice.restart({ ...REMOTE, ufrag: 'again' });
  expect(rig.ice.hasLostConsent(50_000)).toBe(false);
  expect(rig.ice.hasLostConsent(50_001)).toBe(true);
});
