import { boxesIn, parseMovieFragment } from '@mediamesh/mp4';
import type { InitTrack } from '@mediamesh/mp4';
import { STAMP_OFFSET, monotonicUs, readStamp } from '../h264-stream.ts';
import type { Histogram } from '../histogram.ts';

const TS_PACKET_BYTES = 188;
const TS_SYNC = 0x47;
const UNIT_START = 0x40;
const IDR = 5;
const P = 1;

/** Frames of a part or segment of fMP4; the age of each, now that it is complete, goes to `latency`. */
export function countMp4Frames(body: Buffer, tracks: ReadonlyMap<number, InitTrack>, latency: Histogram): number {
  const now = monotonicUs();
  let frames = 0;
  for (const { type, content } of boxesIn(body, 'segment')) {
    if (type !== 'moof') continue;
    const position = content.byteOffset - body.byteOffset - 8;
    const { samples } = parseMovieFragment(content, position, tracks, new Map());
    for (const { offset, sizeBytes } of samples) {
      frames++;
      const stampUs = stampOf(body, offset, offset + sizeBytes);
      if (stampUs !== undefined) latency.add(now - stampUs);
    }
  }
  return frames;
}

/** Of the first slice behind its length. */
function stampOf(body: Buffer, from: number, end: number): number | undefined {
  for (let at = from; at + 4 < end; at += 4 + body.readUInt32BE(at)) {
    const type = body[at + 4]! & 0x1f;
    if (type === IDR || type === P) return readStamp(body, at + 4 + STAMP_OFFSET);
  }
  return undefined;
}

/** Frames of a segment of MPEG-TS: packets that begin a PES packet of video. */
export function countTsFrames(body: Buffer): number {
  let frames = 0;
  for (let at = 0; at + TS_PACKET_BYTES <= body.length; at += TS_PACKET_BYTES) {
    if (body[at] !== TS_SYNC) throw new Error(`no transport packet at ${at}`);
    if ((body[at + 1]! & UNIT_START) === 0) continue;
    const payload = at + 4 + ((body[at + 3]! & 0x20) === 0 ? 0 : 1 + body[at + 4]!);
    if (body[payload] === 0 && body[payload + 1] === 0 && body[payload + 2] === 1 && (body[payload + 3]! & 0xf0) === 0xe0) frames++;
  }
  return frames;
}
