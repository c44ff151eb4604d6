import { readFileSync } from 'node:fs';
import { ByteWriter } from '@mediamesh/bytes';
import { FLV_TAG, FlvReader, parseAudioTag, parseVideoTag, writeAudioTagHeader, writeVideoTagHeader } from '@mediamesh/flv';
import type { FlvTag } from '@mediamesh/flv';
import { Program, RtmpClient, ffmpegFile } from '@mediamesh/testkit';
import type { Clip, TemporaryFolder } from '@mediamesh/testkit';

const DEADLINE_MS = 20_000;
const INTERVAL_MS = 20;

interface MultitrackOptions {
  readonly url: string;
  /** H264 and AAC. */
  readonly clip: Clip;
  readonly folder: TemporaryFolder;
  /** How often each of its tracks is sent, under another number. */
  readonly copies: number;
}

/** Publishes a clip in real time, each of its tracks several times: no other client of ours sends several tracks of a kind. */
export class MultitrackPublisher {
  private readonly client: RtmpClient;
  private readonly timer: NodeJS.Timeout;

  static async start({ url, clip, folder, copies }: MultitrackOptions): Promise<MultitrackPublisher> {
    const file = folder.file('multitrack.flv');
    const args = ['-nostdin', '-v', 'error', '-i', clip.file, '-c', 'copy', '-f', 'flv', '-y', file];
    const { code } = await new Program({ name: 'ffmpeg to FLV', command: ffmpegFile('debian'), args }).waitForEnd(DEADLINE_MS);
    if (code !== 0) throw new Error('the clip cannot be written as FLV');
    const tags = new FlvReader().push(readFileSync(file)).filter(({ type }) => type !== FLV_TAG.script);
    return new MultitrackPublisher(await RtmpClient.start({ url, action: 'publish' }), tags, copies);
  }

  private constructor(client: RtmpClient, tags: readonly FlvTag[], copies: number) {
    this.client = client;
    const startMs = performance.now();
    let next = 0;
    this.timer = setInterval(() => {
      for (; next < tags.length && tags[next]!.timestampMs <= performance.now() - startMs; next++) {
        for (let track = 0; track < copies; track++) this.send(tags[next]!, track);
      }
    }, INTERVAL_MS);
  }

  close(): void {
    clearInterval(this.timer);
    this.client.close();
  }

  private send({ type, timestampMs, data }: FlvTag, trackId: number): void {
    const kind = type === FLV_TAG.video ? 'video' : 'audio';
    this.client.sendMedia({ kind, timestampMs, body: trackId === 0 ? data : renumbered(kind, data, trackId) });
  }
}

/** The same tag as one track of many. */
function renumbered(kind: 'video' | 'audio', data: Uint8Array, trackId: number): Uint8Array {
  const writer = new ByteWriter();
  if (kind === 'video') {
    const [tag] = parseVideoTag(data);
    if (tag === undefined || (tag.packet !== 'frame' && tag.packet !== 'sequenceStart')) return data;
    const { packet, key, compositionMs, body } = tag;
    writeVideoTagHeader(writer, { codec: 'H264', trackId, packet, key, compositionMs });
    return writer.bytes(body).finish();
  }
  const [tag] = parseAudioTag(data);
  if (tag === undefined || (tag.packet !== 'frame' && tag.packet !== 'sequenceStart')) return data;
  writeAudioTagHeader(writer, { codec: 'MPEG-4 Audio', trackId, packet: tag.packet });
  return writer.bytes(tag.body).finish();
}
