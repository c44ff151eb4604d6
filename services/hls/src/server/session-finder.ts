import { ControlError, hlsSessionFind } from '@mediamesh/contracts';
import type { gatewayAnnounce } from '@mediamesh/contracts';
import type { ControlClient } from '@mediamesh/platform';
import type { z } from 'zod';

/** They answer from memory; a busy machine may take its time. */
const FIND_DEADLINE_MS = 2_000;
/** As control takes it: announcements come every second. */
const PEER_SILENCE_MS = 3_000;
/** After its start an instance has not heard of all others yet. */
const LEARNING_MS = 2_000;
/** Clients that come with sessions which nobody knows must not keep the others busy. */
export const MAX_LOOKUPS = 1_000;

export type FoundSession = NonNullable<z.output<typeof hlsSessionFind.reply>['session']>;
type Announcement = z.output<typeof gatewayAnnounce.payload>;

/** Asks the other HLS gateways for sessions that clients opened there: any of them serves any client. */
export class SessionFinder {
  private readonly client: ControlClient;
  private readonly self: { readonly service: string; readonly instance: string };
  private readonly startedMs = performance.now();
  /** When each of the others was heard of last. */
  private readonly peers = new Map<string, number>();
  private lookups = 0;

  constructor(client: ControlClient, self: { readonly service: string; readonly instance: string }) {
    this.client = client;
    this.self = self;
  }

  heard({ service, instance }: Announcement): void {
    if (service !== this.self.service || instance === this.self.instance) return;
    const now = performance.now();
    this.peers.set(instance, now);
    for (const [peer, heardMs] of this.peers) if (now - heardMs > PEER_SILENCE_MS) this.peers.delete(peer);
  }

  /** Undefined: nobody knows it. Errors: ControlError UNAVAILABLE. */
  async find(secret: string, path: string, ip: string): Promise<FoundSession | undefined> {
    if (this.lookups >= MAX_LOOKUPS) throw new ControlError('UNAVAILABLE', 'too many sessions are being looked for');
    const expect = performance.now() - this.startedMs < LEARNING_MS ? undefined : [...this.peers.keys()];
    this.lookups++;
    try {
      const { replies } = await this.client.gather(
        hlsSessionFind,
        { secret, path, ip },
        { deadlineMs: FIND_DEADLINE_MS, expect, isEnough: ({ session }) => session !== null },
      );
      return replies.find(({ reply }) => reply.session !== null)?.reply.session ?? undefined;
    } finally {
      this.lookups--;
    }
  }
}
