import { writeFileSync } from 'node:fs';
import { FLV_TAG, parseVideoTag, serializeFlvHeader, serializeFlvTag } from '@mediamesh/flv';
import type { TemporaryFolder } from '../temporary-folder.ts';
import { waitFor } from '../wait-for.ts';
import { RtmpClient } from './rtmp-client.ts';

const DEADLINE_MS = 20_000;
let recordings = 0;

export interface FlvRecordingOptions {
  readonly url: string;
  readonly folder: TemporaryFolder;
  readonly fourCcs?: readonly string[];
}

/** What a reader gets over RTMP, as a file: for ffmpeg, which reads Enhanced RTMP but cannot ask a server for it. */
export class FlvRecording {
  readonly client: RtmpClient;
  private readonly file: string;

  private constructor(client: RtmpClient, file: string) {
    this.client = client;
    this.file = file;
  }

  static async start({ url, folder, fourCcs = [] }: FlvRecordingOptions): Promise<FlvRecording> {
    const client = await RtmpClient.start({ url, action: 'play', fourCcs });
    return new FlvRecording(client, folder.file(`recording-${++recordings}.flv`));
  }

  /** Waits until there are so many messages of a kind, and returns the file with all there are. */
  async finish(kind: 'video' | 'audio', count: number): Promise<string> {
    const { client } = this;
    await waitFor(() => client.messages.filter((message) => message.kind === kind).length >= count, {
      deadlineMs: DEADLINE_MS,
      what: `${count} ${kind} messages`,
    });
    client.close();
    const tags = client.messages.map(({ kind: type, timestampMs, body }) =>
      serializeFlvTag({ type: FLV_TAG[type], timestampMs, data: body }),
    );
    writeFileSync(this.file, Buffer.concat([serializeFlvHeader(), ...tags]));
    return this.file;
  }

  /** Numbers of the video tracks that there are so far. */
  videoTrackIds(): ReadonlySet<number> {
    const video = this.client.messages.filter(({ kind }) => kind === 'video');
    return new Set(video.flatMap(({ body }) => parseVideoTag(body).map(({ trackId }) => trackId)));
  }

  close(): void {
    this.client.close();
  }
}
