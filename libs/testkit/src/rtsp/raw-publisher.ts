import type { RtspResponse } from '@mediamesh/rtsp';
import { RtspClient } from './rtsp-client.ts';

export interface RawPublishOptions {
  readonly port: number;
  readonly path: string;
  /** The lines of each media, from `m=` on, without control attribute. */
  readonly medias: readonly (readonly string[])[];
}

/** Publishes RTP packets as they are, over TCP. */
export class RawPublisher {
  readonly client: RtspClient;

  private constructor(client: RtspClient) {
    this.client = client;
  }

  /** Announces, sets up every media, and records. Errors: any answer but 200. */
  static async start({ port, path, medias }: RawPublishOptions): Promise<RawPublisher> {
    const client = await RtspClient.connect({ port });
    const url = `rtsp://127.0.0.1:${port}/${path}`;
    const lines = ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=test', 'c=IN IP4 0.0.0.0', 't=0 0'];
    medias.forEach((media, index) => lines.push(...media, `a=control:trackID=${index}`));
    const sdp = lines.map((line) => `${line}\r\n`).join('');
    try {
      expectOk(await client.request('ANNOUNCE', url, { headers: { 'Content-Type': 'application/sdp' }, body: sdp }));
      for (const index of medias.keys()) {
        const transport = `RTP/AVP/TCP;unicast;interleaved=${index * 2}-${index * 2 + 1};mode=record`;
        expectOk(await client.request('SETUP', `${url}/trackID=${index}`, { headers: { Transport: transport } }));
      }
      expectOk(await client.request('RECORD', url, { headers: { Range: 'npt=0-' } }));
      return new RawPublisher(client);
    } catch (error) {
      client.close();
      throw error;
    }
  }

  sendRtp(mediaIndex: number, packet: Uint8Array): void {
    this.client.sendInterleaved(mediaIndex * 2, packet);
  }

  close(): void {
    this.client.close();
  }
}

export function expectOk(response: RtspResponse): RtspResponse {
  if (response.status !== 200) throw new Error(`the server answered ${response.status}`);
  return response;
}
