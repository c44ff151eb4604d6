import { readVideoStatistics, waitFor } from '@mediamesh/testkit';
import type { UdpRelay, VideoStatistics } from '@mediamesh/testkit';
import { RelayedPage } from './relayed-page.ts';
import type { RelayedPageOptions } from './relayed-page.ts';

const DEADLINE_MS = 20_000;

/** Runs in the page: a browser asks for packets when its own description has it, whatever the answer says. */
const OFFER_WITHOUT_NACK = String.raw`
  const { createOffer } = RTCPeerConnection.prototype;
  RTCPeerConnection.prototype.createOffer = async function (...options) {
    const { type, sdp } = await createOffer.apply(this, options);
    return { type, sdp: sdp.replaceAll(/^a=rtcp-fb:\d+ nack\r\n/gm, '') };
  };`;

export interface LossyPlayerOptions extends Omit<RelayedPageOptions, 'prepare'> {
  /** Without, the browser does not ask for lost packets. */
  readonly nack?: boolean;
}

/** Chromium's page of a path, in another network. */
export class LossyPlayer {
  private readonly relayed: RelayedPage;

  /** Plays when it resolves. */
  static async open({ nack = true, path, ...options }: LossyPlayerOptions): Promise<LossyPlayer> {
    const withoutNack = { prepare: (page: RelayedPage['page']): Promise<unknown> => page.addInitScript(OFFER_WITHOUT_NACK) };
    const player = new LossyPlayer(await RelayedPage.open({ ...options, path: `${path}/`, ...(!nack && withoutNack) }));
    const isShown = async (): Promise<boolean> => ((await player.statistics())?.framesDecoded ?? 0) > 0;
    try {
      await waitFor(isShown, { deadlineMs: DEADLINE_MS, what: 'a picture' });
      return player;
    } catch (error) {
      await player.close();
      throw error;
    }
  }

  private constructor(relayed: RelayedPage) {
    this.relayed = relayed;
  }

  get relay(): UdpRelay {
    return this.relayed.relay;
  }

  /** So far; null before there is a connection with video. */
  statistics(): Promise<VideoStatistics | null> {
    return readVideoStatistics(this.relayed.page);
  }

  /** What is counted in `seconds` from now. */
  async watch(seconds: number): Promise<Record<keyof VideoStatistics, number>> {
    const first = (await this.statistics())!;
    const later = async (): Promise<VideoStatistics | false> => {
      const now = (await this.statistics())!;
      return now.timestamp - first.timestamp >= 1_000 * seconds && now;
    };
    const last = await waitFor(later, { deadlineMs: 1_000 * seconds + DEADLINE_MS, what: `${seconds} s of it` });
    const grown = (name: keyof VideoStatistics): number => (last[name] ?? 0) - (first[name] ?? 0);
    return {
      timestamp: grown('timestamp'),
      framesReceived: grown('framesReceived'),
      framesDecoded: grown('framesDecoded'),
      keyFramesDecoded: grown('keyFramesDecoded'),
      freezeCount: grown('freezeCount'),
      packetsReceived: grown('packetsReceived'),
      packetsLost: grown('packetsLost'),
      nackCount: grown('nackCount'),
      pliCount: grown('pliCount'),
      retransmittedPacketsReceived: grown('retransmittedPacketsReceived'),
    };
  }

  close(): Promise<void> {
    return this.relayed.close();
  }
}
