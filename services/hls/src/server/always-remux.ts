import type { LivePath } from '@mediamesh/contracts';
import { ControlError } from '@mediamesh/contracts';
import type { Muxers } from './muxers.ts';

/** A muxer that failed is opened again after this. As MediaMTX. */
const LOOK_INTERVAL_MS = 10_000;

/** `hlsAlwaysRemux`: a muxer for every stream that is there, but for those that are there only while somebody reads. */
export class AlwaysRemux {
  private readonly muxers: Muxers;
  private readonly livePaths: () => Promise<readonly LivePath[]>;
  private timer: NodeJS.Timeout | undefined;

  constructor(muxers: Muxers, livePaths: () => Promise<readonly LivePath[]>) {
    this.muxers = muxers;
    this.livePaths = livePaths;
  }

  start(): void {
    void this.look();
    this.timer = setInterval(() => void this.look(), LOOK_INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  available({ path, epoch, sourceOnDemand }: LivePath): void {
    if (!sourceOnDemand && !this.muxers.isUnconvertible(path, epoch)) this.muxers.open(path, undefined, '');
  }

  /** Streams that were there before, whose news were lost, and whose muxer has failed. Never rejects. */
  async look(): Promise<void> {
    try {
      for (const live of await this.livePaths()) this.available(live);
    } catch (error) {
      if (!(error instanceof ControlError)) throw error; // control is away: the next look is soon
    }
  }
}
