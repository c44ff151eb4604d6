import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny';
import { describe, expect, test } from 'vitest';
import { concatBytes } from '@mediamesh/bytes';
import { readClip, samplesOf, storedClip } from './clips.cases.ts';
import { codecsParameterOf, sampleFramingOf, serializeFragment, serializeInitSegment, sizeOfSample } from './index.ts';

/** Another reader, one that nobody here wrote, reads what is written. */
describe('mediabunny reads', () => {
  test.each([
    ['h264-aac', ['avc', 'aac']],
    ['h265', ['hevc']],
    ['av1-opus', ['av1', 'opus']],
    ['vp9-flac', ['vp9', 'flac']],
    ['opus-six-channels', ['opus']],
  ] as const)('%s', async (name, codecs) => {
    const clip = storedClip(name);
    const read = readClip(clip.bytes, clip.init);
    const tracks = read.tracks.map(({ id, timescale, entry }) => ({ id, timescale, entry }));
    const fragment = serializeFragment({
      sequence: 0,
      tracks: read.tracks.map(({ id, entry }) => {
        const framing = sampleFramingOf(entry.codec);
        const samples = samplesOf(read, id).map(({ durationTicks, dtsTicks, ptsTicks, sync, payload }) => {
          return { durationTicks, compositionOffsetTicks: ptsTicks - dtsTicks, sync, payload, sizeBytes: sizeOfSample(framing, payload) };
        });
        return { id, framing, baseDecodeTimeTicks: samplesOf(read, id)[0]!.dtsTicks, samples };
      }),
    });
    using input = new Input({ formats: ALL_FORMATS, source: new BufferSource(concatBytes([serializeInitSegment({ tracks }), fragment])) });
    const found = await input.getTracks();
    expect(await Promise.all(found.map((track) => track.getCodec()))).toEqual(codecs);
    for (const [index, track] of found.entries()) {
      const { id, timescale, entry } = read.tracks[index]!;
      const parameter = (await track.getCodecParameterString())?.replace('hev1', 'hvc1'); // it has one name for both
      if (entry.codec !== 'VP9') expect(parameter?.startsWith(codecsParameterOf(entry)) || parameter).toBe(true);
      const packets = [];
      for await (const packet of new EncodedPacketSink(track).packets()) packets.push(packet);
      const samples = samplesOf(read, id);
      expect(packets.map(({ byteLength }) => byteLength)).toEqual(
        samples.map(({ payload }) => sizeOfSample(sampleFramingOf(entry.codec), payload)),
      );
      expect(packets.map(({ timestamp }) => Math.round(timestamp * timescale))).toEqual(samples.map(({ ptsTicks }) => ptsTicks));
      expect(packets.map(({ type }) => type === 'key')).toEqual(samples.map(({ sync }) => sync));
    }
  });
});
