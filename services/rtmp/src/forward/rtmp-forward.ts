import type { ForwardOrder } from '@mediamesh/contracts';
import type { ForwardConnection, PathFeed } from '@mediamesh/gateway';
import type { Logger } from '@mediamesh/platform';
import type { AuthStep } from '@mediamesh/rtmp';
import type { FromStream } from '../from-stream.ts';
import type { RtmpFrame } from '../rtmp-frame.ts';
import { parseServerAddress } from '../server-address.ts';
import { ForwardSession } from './forward-session.ts';
import type { ForwardParts } from './forward-session.ts';

/** A server that a path is pushed to: one connection after another, as its authentication wants it. */
export class RtmpForward implements ForwardConnection {
  private readonly order: ForwardOrder;
  private readonly parts: ForwardParts & { readonly feed: PathFeed<RtmpFrame, FromStream>; readonly logger: Logger };
  private session: ForwardSession | undefined;
  private bytesBefore = 0;
  private stopReason: string | undefined;

  constructor(order: ForwardOrder, parts: RtmpForward['parts']) {
    this.order = order;
    this.parts = parts;
  }

  get outboundBytes(): number {
    return this.bytesBefore + (this.session?.outboundBytes ?? 0);
  }

  async run(): Promise<string> {
    const { url, fingerprint } = this.order;
    const address = parseServerAddress(url, 'forward');
    let auth: AuthStep | undefined;
    while (this.stopReason === undefined) {
      const session = new ForwardSession({ ...this.parts, address, fingerprint, ...(auth && { auth }) });
      this.session = session;
      const end = await session.run();
      this.bytesBefore += session.outboundBytes;
      this.session = undefined;
      if (end.kind === 'over') return end.reason;
      auth = end.auth;
    }
    return this.stopReason;
  }

  stop(reason: string): void {
    this.stopReason ??= reason;
    this.session?.stop(reason);
  }
}
