import { amf0Member } from '@mediamesh/flv';
import type { Amf0Value, AudioTag, VideoTag } from '@mediamesh/flv';
import { TrackTable } from './track-table.ts';

/** As long as MediaMTX looks at a stream before it knows its tracks. */
const ANALYZED_MS = 2_000;
/** The same by the clock on the wall, for streams whose frames are far apart. */
const MAX_PROBE_MS = 2_500;

/**
 * Decides when the tracks of a publisher are known: as soon as what its metadata announces is there, else after two seconds of it.
 * Metadata is not needed.
 *
 * Units: milliseconds; `nowMs` of any monotonic clock.
 */
export class TrackProbe {
  readonly table: TrackTable;
  private readonly sawFrame = { video: false, audio: false };
  private announced: { readonly video: boolean; readonly audio: boolean } | undefined;
  private firstTimestampMs: number | undefined;
  private lastTimestampMs = 0;
  private startedMs: number | undefined;

  constructor(table: TrackTable) {
    this.table = table;
  }

  /** `onMetaData`, and anything else that clients send as data. */
  metadata(values: readonly Amf0Value[]): void {
    const at = values.indexOf('onMetaData');
    if (at < 0) return;
    const video = amf0Member(values[at + 1], 'videocodecid');
    const audio = amf0Member(values[at + 1], 'audiocodecid');
    if (video === undefined && audio === undefined) return;
    this.announced = { video: isCodecId(video), audio: isCodecId(audio) };
  }

  push(tag: VideoTag | AudioTag, timestampMs: number, nowMs: number): void {
    this.startedMs ??= nowMs;
    if (tag.packet !== 'frame') return;
    this.firstTimestampMs ??= timestampMs;
    this.lastTimestampMs = timestampMs;
    if (this.table.of(tag) !== undefined) this.sawFrame[tag.kind] = true;
  }

  isOver(nowMs: number): boolean {
    if (this.isComplete) return true;
    if (this.firstTimestampMs !== undefined && ((this.lastTimestampMs - this.firstTimestampMs) | 0) >= ANALYZED_MS) return true;
    return this.startedMs !== undefined && nowMs - this.startedMs >= MAX_PROBE_MS;
  }

  /** What was announced has come, configured. Encoders send all configurations before the first frame. */
  private get isComplete(): boolean {
    const { announced, sawFrame } = this;
    if (announced === undefined || this.table.firstUnconfigured !== undefined) return false;
    if (!announced.video && !announced.audio) return false;
    return (!announced.video || sawFrame.video) && (!announced.audio || sawFrame.audio);
  }
}

/** Most have numbers, some have texts as `avc1`. 0 is nobody's. */
function isCodecId(value: Amf0Value): boolean {
  return typeof value === 'number' || (typeof value === 'string' && value !== '');
}
