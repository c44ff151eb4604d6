import type { Gateway } from '@mediamesh/gateway';
import type { Logger } from '@mediamesh/platform';
import { HlsSession } from './hls-session.ts';
import type { Muxers } from './muxers.ts';
import type { SessionFinder } from './session-finder.ts';

const SECRET = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/u;

interface AdoptionParts {
  readonly gateway: Gateway;
  readonly muxers: Muxers;
  readonly finder: SessionFinder;
  readonly logger: Logger;
}

/** Sessions of other gateways whose clients come here: behind a load balancer, that is the next request. */
export class SessionAdoption {
  private readonly parts: AdoptionParts;
  /** A player asks for video and audio at once. */
  private readonly pending = new Map<string, Promise<HlsSession | undefined>>();

  constructor(parts: AdoptionParts) {
    this.parts = parts;
  }

  /** Resolves when the muxer has what the playlists show. Undefined: nobody knows the session. Errors: ControlError, HlsMuxerError. */
  adopt(secret: string | undefined, path: string, ip: string): Promise<HlsSession | undefined> {
    if (secret === undefined || !SECRET.test(secret)) return Promise.resolve(undefined);
    const key = `${secret} ${ip} ${path}`;
    let adoption = this.pending.get(key);
    if (adoption === undefined) {
      adoption = this.find(secret, path, ip).finally(() => this.pending.delete(key));
      this.pending.set(key, adoption);
    }
    return adoption;
  }

  private async find(secret: string, path: string, ip: string): Promise<HlsSession | undefined> {
    const { gateway, muxers, finder, logger } = this.parts;
    const found = await finder.find(secret, path, ip);
    if (found === undefined) return undefined;
    const { id, createdMs, remoteAddr, query, user, userAgent } = found;
    const muxer = muxers.open(path, remoteAddr, query);
    await muxer.ready();
    const facts = { id, path, remoteAddr, ip, query, user, userAgent, isCdn: false, opened: { secret, createdMs } };
    return new HlsSession(facts, muxer, { gateway, logger: logger.child(`session ${id.substring(0, 8)}`) });
  }
}
