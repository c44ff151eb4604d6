import { nodeCrypto } from '../node-crypto.cases.ts';
import type { DataChannelEvent, DataChannelOutput } from './data-channels.ts';
import { DataChannels } from './data-channels.ts';

/** What happens to a packet on the way: it comes as often, in so many milliseconds. Empty: never. */
export type Fate = readonly number[];

interface Packet {
  readonly to: 0 | 1;
  readonly bytes: Uint8Array;
  readonly atMs: number;
}

/** Two peers of data channels, the network between them, and their clock. */
export class ChannelPair {
  readonly peers = [new DataChannels(nodeCrypto, 'client'), new DataChannels(nodeCrypto, 'server')] as const;
  readonly events: readonly [DataChannelEvent[], DataChannelEvent[]] = [[], []];
  nowMs = 0;
  sentPackets = 0;
  private readonly fateOf: (from: 0 | 1, bytes: Uint8Array) => Fate;
  private flying: Packet[] = [];

  constructor(fateOf: (from: 0 | 1, bytes: Uint8Array) => Fate = () => [10]) {
    this.fateOf = fateOf;
  }

  start(...which: readonly (0 | 1)[]): this {
    for (const each of which) this.did(each, this.peers[each].start(this.nowMs));
    return this;
  }

  did(who: 0 | 1, output: DataChannelOutput | undefined): void {
    if (output === undefined) return;
    this.events[who].push(...output.events);
    for (const bytes of output.send) {
      this.sentPackets++;
      for (const delayMs of this.fateOf(who, bytes)) this.flying.push({ to: who === 0 ? 1 : 0, bytes, atMs: this.nowMs + delayMs });
    }
  }

  /** Until nothing flies and no timer runs, or the condition holds. */
  run(isDone: () => boolean = () => false, limitMs = 600_000): void {
    const end = this.nowMs + limitMs;
    while (!isDone() && this.nowMs <= end) {
      const dues = this.peers.flatMap(({ dueMs }) => dueMs ?? []);
      const times = [...this.flying.map(({ atMs }) => atMs), ...dues];
      if (times.length === 0) return;
      this.nowMs = Math.max(this.nowMs, Math.min(...times));
      this.arrive();
      for (const who of [0, 1] as const) {
        const { dueMs } = this.peers[who];
        if (dueMs !== undefined && dueMs <= this.nowMs) this.did(who, this.peers[who].tick(this.nowMs));
      }
    }
  }

  messages(who: 0 | 1): readonly Uint8Array[] {
    return this.events[who].flatMap((event) => (event.kind === 'message' ? event.data : []));
  }

  private arrive(): void {
    const here = this.flying.filter(({ atMs }) => atMs <= this.nowMs);
    this.flying = this.flying.filter(({ atMs }) => atMs > this.nowMs);
    for (const { to, bytes } of here) this.did(to, this.peers[to].receive(bytes, this.nowMs));
  }
}
