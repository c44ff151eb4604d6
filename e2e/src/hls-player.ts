import { HlsClient, announcedUris, openSegment } from './hls-client.ts';

const GAP_INSIDE = /_seg\d+\.mp4[^]*#EXT-X-GAP/u;
const NEXT_URI = /^(?!#)\S/mu;

/**
 * A client that plays one track of low-latency HLS as players do: blocking reloads, and everything that a playlist announces, once.
 *
 * Errors: `problems` holds what a viewer would notice: an answer other than 200, a playlist that goes back, ends, has a discontinuity, or a
 * gap after its first segment. An answer that was cut is asked for again, and counted in `cut`.
 */
export class HlsPlayer {
  readonly problems: string[] = [];
  cut = 0;
  playlists = 0;
  /** Media sequence number of the newest segment that is complete. */
  newest = -1;
  /** Sizes by name. */
  readonly files = new Map<string, number>();
  private readonly client: HlsClient;
  private readonly stream: string;
  private readonly stopped = new AbortController();
  private playing: Promise<void> = Promise.resolve();

  /** `base`: the folder of the path; `stream`: for instance `video1`. */
  constructor(base: string, stream: string) {
    this.client = new HlsClient(base);
    this.stream = stream;
  }

  async open(): Promise<void> {
    const index = await this.client.open();
    if (!NEXT_URI.test(index)) this.problems.push(`a multivariant playlist without a playlist: ${index}`);
    this.playing = this.play().catch((error: unknown) => {
      if (!this.stopped.signal.aborted) this.problems.push(String(error));
    });
  }

  async close(): Promise<void> {
    this.stopped.abort();
    await this.playing;
  }

  private async play(): Promise<void> {
    let reload = '';
    while (!this.stopped.signal.aborted) {
      const text = new TextDecoder().decode(await this.bytes(this.client.uriOf(this.stream, reload)));
      this.playlists++;
      const { msn, parts } = openSegment(text);
      this.check(text, msn);
      this.newest = msn - 1;
      for (const uri of announcedUris(text)) {
        const name = uri.split('?')[0]!;
        if (this.files.has(name)) continue;
        this.files.set(name, 0);
        this.files.set(name, (await this.bytes(uri)).length);
      }
      reload = `_HLS_msn=${msn}&_HLS_part=${parts}`;
    }
  }

  private check(text: string, msn: number): void {
    if (msn - 1 < this.newest) this.problems.push(`the playlist goes back from segment ${this.newest} to ${msn - 1}`);
    if (GAP_INSIDE.test(text)) this.problems.push('a gap');
    for (const tag of ['#EXT-X-DISCONTINUITY\n', '#EXT-X-ENDLIST']) if (text.includes(tag)) this.problems.push(tag.trim());
  }

  /** The body; asked again when it was cut. Problems: other statuses. */
  private async bytes(uri: string): Promise<Uint8Array> {
    for (;;) {
      const response = await this.client.fetch(uri, { signal: AbortSignal.any([this.stopped.signal, AbortSignal.timeout(20_000)]) });
      if (response.status !== 200) {
        this.problems.push(`${uri}: ${response.status} ${await response.text()}`);
        throw new Error('the player has stopped');
      }
      try {
        return new Uint8Array(await response.arrayBuffer());
      } catch (error) {
        if (this.stopped.signal.aborted) throw error;
        this.cut++;
      }
    }
  }
}
