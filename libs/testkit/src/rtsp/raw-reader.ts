import { expectOk } from './raw-publisher.ts';
import { RtspClient } from './rtsp-client.ts';

export interface RawReadOptions {
  readonly port: number;
  readonly path: string;
  readonly medias?: number;
  readonly tls?: boolean;
}

/** Reads over TCP and keeps the packets as they come. */
export class RawReader {
  readonly client: RtspClient;
  /** What the server says about the stream. */
  readonly sdp: string;

  private constructor(client: RtspClient, sdp: string) {
    this.client = client;
    this.sdp = sdp;
  }

  /** Describes, sets up the first `medias`, and plays. Errors: any answer but 200. */
  static async start({ port, path, medias = 1, tls = false }: RawReadOptions): Promise<RawReader> {
    const client = await RtspClient.connect({ port, tls });
    const url = `${tls ? 'rtsps' : 'rtsp'}://127.0.0.1:${port}/${path}`;
    try {
      const described = expectOk(await client.request('DESCRIBE', url));
      for (let index = 0; index < medias; index++) {
        const transport = `RTP/AVP/TCP;unicast;interleaved=${index * 2}-${index * 2 + 1}`;
        expectOk(await client.request('SETUP', `${url}/trackID=${index}`, { headers: { Transport: transport } }));
      }
      expectOk(await client.request('PLAY', url));
      return new RawReader(client, Buffer.from(described.body).toString());
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** RTP packets of a media, so far. */
  packets(mediaIndex = 0): readonly Uint8Array[] {
    return this.client.frames.filter(({ channel }) => channel === mediaIndex * 2).map(({ payload }) => payload);
  }

  close(): void {
    this.client.close();
  }
}
