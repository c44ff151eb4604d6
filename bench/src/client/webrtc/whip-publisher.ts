import { parseRtpPacket } from '@mediamesh/rtp';
import type { FrameBytes } from '../frame-packets.ts';
import type { FrameSink } from '../frame-sink.ts';
import { VIDEO_PAYLOAD_TYPE, WebRtcPeer } from './webrtc-peer.ts';

/** `$`, channel and length before each packet. */
const PREFIX_BYTES = 4;

/** Sends the packets of a frame one by one, as SRTP. */
export class WhipPublisher implements FrameSink {
  readonly isBusy = false;
  onClose: () => void = () => {};
  private readonly peer = new WebRtcPeer();

  get isGone(): boolean {
    return this.peer.client.ended !== undefined;
  }

  async open(url: string): Promise<void> {
    await this.peer.open(url, 'sendonly');
  }

  send({ bytes }: FrameBytes): void {
    for (let at = 0; at < bytes.length;) {
      const size = (bytes[at + 2]! << 8) | bytes[at + 3]!;
      const start = at + PREFIX_BYTES;
      at = start + size;
      this.peer.client.sendRtp({ ...parseRtpPacket(bytes.subarray(start, at)), payloadType: VIDEO_PAYLOAD_TYPE });
    }
  }

  close(): void {
    this.peer.close();
  }
}
