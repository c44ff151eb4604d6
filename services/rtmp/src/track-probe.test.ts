import { bytesFromHex } from '@mediamesh/bytes';
import { parseAudioTag, parseVideoTag } from '@mediamesh/flv';
import type { MediaMessage } from '@mediamesh/rtmp';
import { describe, expect, test } from 'vitest';
import { SOUND_CONFIGURATION, VIDEO_CONFIGURATION, audio, metadata, picture, video } from './testing/tags.cases.ts';
import { TrackProbe } from './track-probe.ts';
import { MAX_INCOMING_TRACKS, TrackTable } from './track-table.ts';

class Probed {
  readonly skipped: string[] = [];
  readonly table = new TrackTable((label) => this.skipped.push(label));
  readonly probe = new TrackProbe(this.table);

  send(message: MediaMessage, nowMs = 0): this {
    const tags = message.kind === 'video' ? parseVideoTag(message.body) : parseAudioTag(message.body);
    for (const tag of tags) {
      this.table.observe(tag);
      this.probe.push(tag, message.timestampMs, nowMs);
    }
    return this;
  }

  get labels(): readonly string[] {
    return this.table.describe().map(({ id, codec }) => `${id} ${codec}`);
  }
}

const FRAME = video(0, { key: true }, picture(true));
const SOUND = audio(0, {}, Uint8Array.of(1));
const BOTH = { videocodecid: 7, audiocodecid: 10 };

describe('the tracks are known', () => {
  test('as soon as what the metadata announces has come', () => {
    const probed = new Probed();
    probed.probe.metadata(metadata(BOTH));
    probed.send(VIDEO_CONFIGURATION).send(SOUND_CONFIGURATION).send(FRAME);
    expect(probed.probe.isOver(0)).toBe(false);
    expect(probed.send(SOUND).probe.isOver(0)).toBe(true);
    expect(probed.labels).toEqual(['1 H264', '2 MPEG-4 Audio']);
  });

  test('with video alone, when that is what it announces', () => {
    const probed = new Probed();
    probed.probe.metadata(metadata({ videocodecid: 'avc1' }));
    expect(probed.send(VIDEO_CONFIGURATION).send(FRAME).probe.isOver(0)).toBe(true);
  });

  test.each([
    ['without metadata', undefined],
    ['with metadata that announces nothing', metadata({ width: 64 })],
    ['with sound that never comes', metadata(BOTH)],
  ])('after two seconds of the stream, %s', (_, values) => {
    const probed = new Probed();
    if (values !== undefined) probed.probe.metadata(values);
    probed
      .send(VIDEO_CONFIGURATION)
      .send(FRAME)
      .send(video(1_999, {}, picture(false)));
    expect(probed.probe.isOver(0)).toBe(false);
    expect(probed.send(video(2_000, {}, picture(false))).probe.isOver(0)).toBe(true);
  });

  test('after two and a half seconds, when frames are far apart', () => {
    const probed = new Probed().send(VIDEO_CONFIGURATION, 1_000).send(FRAME, 1_000);
    expect(probed.probe.isOver(3_499)).toBe(false);
    expect(probed.probe.isOver(3_500)).toBe(true);
  });

  test('never before anything has come', () => {
    expect(new Probed().probe.isOver(1e9)).toBe(false);
  });
});

describe('the table', () => {
  test('has video first, each kind by its numbers', () => {
    const probed = new Probed();
    probed.send(audio(0, { codec: 'MPEG-4 Audio', trackId: 1, packet: 'sequenceStart' }, bytesFromHex('1190')));
    probed.send(SOUND_CONFIGURATION).send(VIDEO_CONFIGURATION);
    probed.send(video(0, { codec: 'AV1', trackId: 2, packet: 'sequenceStart' }, bytesFromHex('81000c00')));
    expect(probed.labels).toEqual(['1 H264', '2 AV1', '3 MPEG-4 Audio', '4 MPEG-4 Audio']);
  });

  test('tells of tracks without configuration, until it comes', () => {
    const probed = new Probed().send(FRAME);
    expect(probed.table.firstUnconfigured).toBe('video track 0');
    probed.send(VIDEO_CONFIGURATION);
    expect(probed.table.firstUnconfigured).toBeUndefined();
    probed.send(audio(0, { codec: 'Opus', trackId: 3 }, Uint8Array.of(0xfc)));
    expect(probed.table.firstUnconfigured).toBe('audio track 3');
  });

  test('tells once of each codec that it does not have', () => {
    const probed = new Probed();
    for (let i = 0; i < 3; i++) probed.send({ kind: 'audio', timestampMs: 0, body: Uint8Array.of(0xb6, 1) });
    probed.send({ kind: 'video', timestampMs: 0, body: Uint8Array.of(0x12, 1) });
    expect(probed.skipped).toEqual(['Speex', 'Sorenson H.263']);
    expect(probed.table.hasUnsupported).toBe(true);
  });

  test('a repeated configuration changes nothing, another sound does', () => {
    const { table } = new Probed().send(VIDEO_CONFIGURATION).send(SOUND_CONFIGURATION);
    const [again] = parseVideoTag(VIDEO_CONFIGURATION.body);
    expect(table.observe(again!)).toBe('nothing');
    const [same] = parseAudioTag(SOUND_CONFIGURATION.body);
    expect(table.observe(same!)).toBe('nothing');
    const [other] = parseAudioTag(audio(0, { packet: 'sequenceStart' }, bytesFromHex('1210')).body);
    expect(table.observe(other!)).toBe('tracks');
    const [mp3] = parseAudioTag(audio(0, { codec: 'MPEG-1/2 Audio' }, bytesFromHex('fffb9064')).body);
    expect(table.observe(mp3!)).toBe('tracks');
    expect(table.describe().map(({ codec }) => codec)).toEqual(['H264', 'MPEG-1/2 Audio']);
  });

  test('holds so many tracks, and no more', () => {
    const probed = new Probed();
    for (let trackId = 0; trackId <= MAX_INCOMING_TRACKS; trackId++) {
      probed.send(audio(0, { codec: 'MPEG-4 Audio', trackId, packet: 'sequenceStart' }, bytesFromHex('1190')));
      expect(probed.table.size).toBe(Math.min(trackId + 1, MAX_INCOMING_TRACKS));
    }
    expect(probed.skipped).toHaveLength(1);
  });
});
