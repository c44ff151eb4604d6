import {
  CLIPS,
  FfmpegReader,
  RtspClient,
  TemporaryFolder,
  clipReference,
  contiguousRuns,
  expectRisingTimes,
  prepareClip,
  publishWithFfmpeg,
  waitFor,
} from '@mediamesh/testkit';
import type { Clip, ClipReference, ContiguousRun, Lifetime, LineLog, Program } from '@mediamesh/testkit';
import { expect } from 'vitest';

/** A track for publishers that send nothing. */
export const MEDIA = ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', 'a=fmtp:96 packetization-mode=1'];

/** As long as a test may take: a stream that ends by itself ends its readers. */
const CLIP_S = 90;

/** What every fault scenario needs: a clip whose frames are known, and readers that notice every missing one. */
export class FaultRig {
  private readonly clip: Clip;
  private readonly reference: ClipReference;
  private readonly folder: TemporaryFolder;

  private constructor(clip: Clip, reference: ClipReference, folder: TemporaryFolder) {
    this.clip = clip;
    this.reference = reference;
    this.folder = folder;
  }

  /** Without B-frames: a stream that is cut anywhere loses no frame before the cut. */
  static async prepare(lifetime: Lifetime): Promise<FaultRig> {
    const clip = await prepareClip({ ...CLIPS.h264Opus, durationS: CLIP_S });
    return new FaultRig(clip, await clipReference(clip), lifetime.own(new TemporaryFolder()));
  }

  publish(during: Lifetime, url: string, only?: 'video'): Program {
    return during.own(publishWithFfmpeg({ url, clip: this.clip, ...(only === undefined ? {} : { only }) }));
  }

  /** As a camera does: again and again, until the path is free and somebody decides. `log`: of the product. */
  async publishWhenAccepted(during: Lifetime, log: LineLog, url: string, deadlineMs: number): Promise<Program> {
    const line = new RegExp(`is publishing to path '${new URL(url).pathname.substring(1)}'`);
    const accepted = log.matching(line).length;
    const end = performance.now() + deadlineMs;
    for (;;) {
      const publisher = this.publish(during, url);
      const wait = { deadlineMs: end - performance.now(), what: `an accepted publisher of ${url}` };
      await waitFor(() => !publisher.isRunning || log.matching(line).length > accepted, wait);
      if (publisher.isRunning) return publisher;
    }
  }

  read(during: Lifetime, url: string): WatchedReader {
    return during.own(
      new WatchedReader(new FfmpegReader({ url, folder: this.folder, seconds: CLIP_S, audio: false }), this.reference.frames),
    );
  }
}

/** A reader that stays, and what it has decoded up to now. */
export class WatchedReader {
  readonly reader: FfmpegReader;
  private readonly reference: readonly string[];

  constructor(reader: FfmpegReader, reference: readonly string[]) {
    this.reader = reader;
    this.reference = reference;
  }

  get frames(): number {
    return this.reader.soFar().frames.length;
  }

  /** Stretches of the clip: one, unless something was lost or the clip began again. Errors: a damaged frame. */
  get runs(): readonly ContiguousRun[] {
    return contiguousRuns(
      this.reference,
      this.reader.soFar().frames.map(({ hash }) => hash),
    );
  }

  /** Errors: the reader has ended, or the frames do not come. */
  async receives(frames: number, deadlineMs = 20_000): Promise<void> {
    const { program } = this.reader;
    let before = 0;
    try {
      before = this.frames;
    } catch {
      // it has not begun to write
    }
    await waitFor(() => !program.isRunning || this.frames >= before + frames, { deadlineMs, what: `${frames} frames after ${before}` });
    if (!program.isRunning) throw new Error(`${program.name} has ended:\n${program.stderr.tail()}`);
  }

  /** It is still connected, nothing disturbed its decoder, and its times only rise. */
  expectUndisturbed(): void {
    expect(this.reader.program.isRunning).toBe(true);
    expect(this.reader.program.stderr.lines).toEqual([]);
    expectRisingTimes(this.reader.soFar().frames);
  }

  /** Undisturbed, and every frame arrived. */
  expectWhole(): void {
    this.expectUndisturbed();
    expect(this.runs).toHaveLength(1);
  }

  close(): Promise<void> {
    return this.reader.close();
  }
}

/** Each of them, at the same time. */
export async function allReceive(readers: readonly WatchedReader[], frames: number, deadlineMs?: number): Promise<void> {
  await Promise.all(readers.map((reader) => reader.receives(frames, deadlineMs)));
}

/** What a client that comes now is told: the status of DESCRIBE. */
export async function describeStatus(url: string): Promise<number> {
  const client = await RtspClient.connect({ port: Number(new URL(url).port) });
  try {
    return (await client.request('DESCRIBE', url)).status;
  } finally {
    client.close();
  }
}

/** Of a path, as the Control API shows it. */
export interface PathRow {
  readonly ready: boolean;
  readonly source: { readonly type: string; readonly id: string } | null;
  readonly readers: readonly { readonly type: string; readonly id: string }[];
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

/** Of an RTSP session. */
export interface SessionRow {
  readonly id: string;
  readonly state: string;
  readonly path: string;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly inboundRTCPPackets: number;
  readonly outboundRTCPPackets: number;
}

/** Errors: any answer but 200. */
export async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

export async function sessionsOf(apiUrl: (path: string) => string, path: string): Promise<readonly SessionRow[]> {
  const { items } = await getJson<{ readonly items: readonly SessionRow[] }>(apiUrl('/v3/rtspsessions/list'));
  return items.filter((row) => row.path === path);
}
