import { expect, test } from 'vitest';
import { nodeCrypto } from '../node-crypto.cases.ts';
import { StunClass, StunMethod, parseStunMessage } from '../stun/stun-message.ts';
import { serializeBindingSuccess } from '../stun/stun-writer.ts';
import type { TransportAddress } from '../stun/xor-address.ts';
import { ReflexiveAddress } from '../stun/reflexive-address.ts';
import type { IceBase, IceRole } from './candidate-pairs.ts';
import { CHECK_INTERVAL_MS, IceCheckingAgent } from './checking-agent.ts';
import type { IceDatagram } from './checking-agent.ts';
import { IceLiteAgent } from './lite-agent.ts';
import type { RemoteCandidate } from './remote-candidate.ts';

const STUN_SERVER: TransportAddress = { address: '203.0.113.1', port: 3_478 };
const SOCKET: IceBase = { priority: 2_130_706_431, reaches: () => true };
const isSame = (a: TransportAddress, b: TransportAddress): boolean => a.address === b.address && a.port === b.port;

/** A host behind a NAT: one mapping for all, open for the addresses that the host has sent to. RFC 4787 5: address-dependent filtering. */
class NattedHost {
  readonly inner: TransportAddress;
  readonly outer: TransportAddress;
  readonly allowed = new Set<string>();
  receive: (bytes: Uint8Array, from: TransportAddress) => void = () => {};

  constructor(inner: string, outer: string) {
    this.inner = { address: inner, port: 5_000 };
    this.outer = { address: outer, port: 40_000 };
  }
}

/** What hosts behind NATs send each other, and a STUN server between them. Private addresses lead nowhere. */
class Network {
  readonly hosts: readonly NattedHost[];
  lost = 0;

  constructor(hosts: readonly NattedHost[]) {
    this.hosts = hosts;
  }

  send(from: NattedHost, to: TransportAddress, bytes: Uint8Array): void {
    from.allowed.add(to.address);
    if (isSame(to, STUN_SERVER)) {
      const { transactionId } = parseStunMessage(bytes);
      from.receive(serializeBindingSuccess({ transactionId, ...from.outer }, new Uint8Array(1), nodeCrypto), STUN_SERVER);
      return;
    }
    const target = this.hosts.find(({ outer }) => isSame(outer, to));
    if (target?.allowed.has(from.outer.address) === true) target.receive(bytes, from.outer);
    else this.lost++;
  }
}

/** A full agent on such a host, which knows its outer address. */
class Party {
  readonly agent: IceCheckingAgent<IceBase>;
  readonly candidates: readonly RemoteCandidate[];
  readonly told: TransportAddress[] = [];
  private readonly host: NattedHost;
  private readonly network: Network;

  constructor(network: Network, host: NattedHost, role: IceRole) {
    this.network = network;
    this.host = host;
    this.agent = new IceCheckingAgent({ crypto: nodeCrypto, role, bases: [SOCKET] });
    this.candidates = [
      { type: 'host', ...host.inner, priority: 2_130_706_431 },
      { type: 'srflx', ...reflexiveOf(network, host), priority: 1_694_498_815 },
    ];
  }

  run(nowMs: number): void {
    this.send(this.agent.tick(nowMs));
  }

  listen(nowMs: () => number): void {
    this.host.receive = (bytes, from) => {
      const { send, selects } = this.agent.receive(parseStunMessage(bytes), bytes, { base: SOCKET, ...from }, nowMs());
      if (selects) this.told.push(from);
      this.send(send);
    };
  }

  private send(datagrams: readonly IceDatagram<IceBase>[]): void {
    for (const { address, port, bytes } of datagrams) this.network.send(this.host, { address, port }, bytes);
  }
}

function reflexiveOf(network: Network, host: NattedHost): TransportAddress {
  const reflexive = new ReflexiveAddress(nodeCrypto, () => nodeCrypto.randomBytes(12));
  host.receive = (bytes) => reflexive.receive(parseStunMessage(bytes), 0);
  network.send(host, STUN_SERVER, reflexive.tick(0)!);
  return reflexive.mapped!;
}

const hosts = (): readonly [NattedHost, NattedHost] => [
  new NattedHost('10.0.0.2', '198.51.100.1'),
  new NattedHost('192.168.1.2', '198.51.100.2'),
];

test.each([
  ['controlling', 'controlled'],
  ['controlled', 'controlling'],
  ['controlling', 'controlling'],
  ['controlled', 'controlled'],
] as const)('both behind NATs, %s and %s: checks from both sides open the way, and both agree on it', (roleA, roleB) => {
  const [a, b] = hosts();
  const network = new Network([a, b]);
  const parties = [new Party(network, a, roleA), new Party(network, b, roleB)] as const;
  const [one, other] = parties;
  let nowMs = 0;
  for (const party of parties) party.listen(() => nowMs);
  one.agent.setRemote({ ...other.agent.credentials, candidates: other.candidates });
  other.agent.setRemote({ ...one.agent.credentials, candidates: one.candidates });
  for (; nowMs < 3_000; nowMs += CHECK_INTERVAL_MS) for (const party of parties) party.run(nowMs);
  expect(one.agent.selected?.remote).toMatchObject(b.outer);
  expect(other.agent.selected?.remote).toMatchObject(a.outer);
  expect([one.told.at(-1), other.told.at(-1)]).toEqual([b.outer, a.outer]);
  for (; nowMs < 90_000; nowMs += 1_000) for (const party of parties) party.run(nowMs);
  expect(parties.map(({ agent }) => agent.hasLostConsent(nowMs))).toEqual([false, false]);
  one.listen(() => nowMs); // and goes silent
  for (const from of [a, b]) from.receive = () => {};
  for (const end = nowMs + 31_000; nowMs <= end; nowMs += 1_000) for (const party of parties) party.run(nowMs);
  expect(parties.map(({ agent }) => agent.hasLostConsent(nowMs))).toEqual([true, true]);
});

test('a side that makes no checks cannot be reached behind its NAT', () => {
  const [a, b] = hosts();
  const network = new Network([a, b]);
  const party = new Party(network, a, 'controlling');
  const lite = new IceLiteAgent(nodeCrypto);
  const outer = reflexiveOf(network, b);
  let nowMs = 0;
  party.listen(() => nowMs);
  party.agent.setRemote({ ...lite.credentials, candidates: [{ type: 'srflx', ...outer, priority: 1 }] });
  for (; nowMs < 10_000; nowMs += CHECK_INTERVAL_MS) party.run(nowMs);
  expect(party.agent.selected).toBeUndefined();
  expect(network.lost).toBeGreaterThan(0);
});

test('an outer address is asked for again and again, and gone when the server is silent', () => {
  const ids = [1, 2, 3].map((id) => new Uint8Array(12).fill(id));
  const reflexive = new ReflexiveAddress(nodeCrypto, () => ids.shift()!);
  const request = reflexive.tick(0)!;
  expect(parseStunMessage(request)).toMatchObject({ class: StunClass.request, method: StunMethod.binding });
  expect([reflexive.tick(499), reflexive.tick(500)]).toEqual([undefined, request]);
  const answer = (id: number): Uint8Array =>
    serializeBindingSuccess(
      { transactionId: new Uint8Array(12).fill(id), address: '198.51.100.1', port: 7 },
      new Uint8Array(1),
      nodeCrypto,
    );
  expect(reflexive.receive(parseStunMessage(answer(9)), 600)).toBe(false);
  expect(reflexive.mapped).toBeUndefined();
  expect(reflexive.receive(parseStunMessage(answer(1)), 600)).toBe(true);
  expect(reflexive.mapped).toEqual({ address: '198.51.100.1', port: 7 });
  expect(reflexive.tick(15_599)).toBeUndefined();
  expect(reflexive.tick(15_600)).toBeDefined();
  for (let nowMs = 15_600; nowMs < 60_000; nowMs += 100) reflexive.tick(nowMs);
  expect([reflexive.mapped, reflexive.hasFailed]).toEqual([undefined, true]);
  expect(reflexive.tick(90_000)).toBeDefined();
});
