import { WebRtcClient, within } from '@mediamesh/testkit';

export const VIDEO_PAYLOAD_TYPE = 101;
const H264 = `${VIDEO_PAYLOAD_TYPE} H264/90000\r\na=fmtp:${VIDEO_PAYLOAD_TYPE} packetization-mode=1;profile-level-id=42e01f`;
const DEADLINE_MS = 10_000;
/** Servers give up a peer that checks no more. */
const CHECK_INTERVAL_MS = 5_000;

/** A connected peer that offers H264 alone, with NACK, PLI and RTX. */
export class WebRtcPeer {
  readonly client = new WebRtcClient();
  private checks: NodeJS.Timeout | undefined;

  /** Resolves when it is connected. */
  async open(url: string, direction: 'recvonly' | 'sendonly'): Promise<void> {
    const { client } = this;
    const offer = client.offer({ direction, video: H264, rtx: true });
    const status = await client.post(url, offer.substring(0, offer.indexOf('m=audio')).replace('BUNDLE 0 1', 'BUNDLE 0'));
    if (status !== 201) throw new Error(`${url} answered ${status}: ${client.answer}`);
    const connected = new Promise<void>((resolve) => (client.onConnected = resolve));
    await client.connect();
    await within(connected, { deadlineMs: DEADLINE_MS, what: `the connection to ${url}` });
    this.checks = setInterval(() => client.check(), CHECK_INTERVAL_MS);
  }

  /** Without a word to the server. */
  close(): void {
    clearInterval(this.checks);
    void this.client.close();
  }
}
