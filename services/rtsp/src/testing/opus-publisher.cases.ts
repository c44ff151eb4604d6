import { serializeRtpPacket } from '@mediamesh/rtp';
import type { RawRtspClient } from './raw-rtsp-client.cases.ts';

export const OPUS_SDP = [
  'v=0',
  'o=- 0 0 IN IP4 127.0.0.1',
  's=test',
  'c=IN IP4 0.0.0.0',
  't=0 0',
  'm=audio 0 RTP/AVP 96',
  'a=rtpmap:96 opus/48000/2',
  'a=control:trackID=0',
  '',
].join('\r\n');

export const TWO_OPUS_SDP = `${OPUS_SDP}m=audio 0 RTP/AVP 97\r\na=rtpmap:97 opus/48000/2\r\na=control:trackID=1\r\n`;
export const SDP_TYPE = 'Content-Type: application/sdp';

/** RTP of one Opus frame (CELT, 20 ms, mono) that carries its number. */
export function opusPacket(number: number, { payloadType = 96, ssrc = 0x1234_5678 } = {}): Uint8Array {
  return serializeRtpPacket({
    marker: true,
    payloadType,
    sequenceNumber: number & 0xffff,
    timestamp: (number * 960) >>> 0,
    ssrc,
    payload: Uint8Array.of(0xf8, number >>> 16, number >>> 8, number),
  });
}

/** ANNOUNCE, SETUP and RECORD of one Opus track. */
export async function publishOpus(client: RawRtspClient, url: string, transport: string): Promise<void> {
  for (const [line, headers, body] of [
    [`ANNOUNCE ${url}`, [SDP_TYPE], OPUS_SDP],
    [`SETUP ${url}/trackID=0`, [`Transport: ${transport};mode=record`], ''],
    [`RECORD ${url}`, [], ''],
  ] as const) {
    const status = await client.status(line, headers, body);
    if (status !== 200) throw new Error(`${line}: ${status}`);
  }
}
