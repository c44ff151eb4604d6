import { RawPublisher } from '@mediamesh/testkit';
import { serializeRtpPacket } from '@mediamesh/rtp';

const MEDIAS = [['m=audio 0 RTP/AVP 0'], ['m=application 0 RTP/AVP 97', 'a=rtpmap:97 smpte336m/90000']];
const UNIVERSAL_LABEL = [0x06, 0x0e, 0x2b, 0x34];
const KEY_BYTES = 16;
const MAX_PAYLOAD_BYTES = 1_000;
const SILENCE = new Uint8Array(160).fill(0xff);

/** Publishes silence, and KLV units with it: each another, some larger than a packet. */
export class KlvPublisher {
  readonly units: Uint8Array[] = [];
  private readonly publisher: RawPublisher;
  private klvPackets = 0;

  static async start(port: number, path: string): Promise<KlvPublisher> {
    const klv = new KlvPublisher(await RawPublisher.start({ port, path, medias: MEDIAS }));
    klv.send();
    return klv;
  }

  private constructor(publisher: RawPublisher) {
    this.publisher = publisher;
  }

  /** One unit, and 20 ms of silence. */
  send(): void {
    const index = this.units.length;
    const common = { marker: false, ssrc: 1, sequenceNumber: index & 0xffff };
    this.publisher.sendRtp(0, serializeRtpPacket({ ...common, payloadType: 0, timestamp: 160 * index, payload: SILENCE }));
    const unit = unitOf(index);
    this.units.push(unit);
    for (let at = 0; at < unit.length; at += MAX_PAYLOAD_BYTES) {
      const payload = unit.subarray(at, at + MAX_PAYLOAD_BYTES);
      const marker = at + MAX_PAYLOAD_BYTES >= unit.length;
      const sequenceNumber = this.klvPackets++ & 0xffff;
      const packet = { marker, ssrc: 2, sequenceNumber, payloadType: 97, timestamp: 1_800 * index, payload };
      this.publisher.sendRtp(1, serializeRtpPacket(packet));
    }
  }

  close(): void {
    this.publisher.close();
  }
}

function unitOf(index: number): Uint8Array {
  const size = index % 3 === 2 ? 3_000 : 40;
  const unit = new Uint8Array(KEY_BYTES + 3 + size).fill(index);
  unit.set(UNIVERSAL_LABEL);
  unit.set([0x82, size >> 8, size], KEY_BYTES);
  return unit;
}
