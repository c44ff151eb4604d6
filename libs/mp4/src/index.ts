export { serializeInitSegment } from './init/init-segment.ts';
export type { InitSegment } from './init/init-segment.ts';
export type { Mp4Track } from './init/track-box.ts';

export { serializeFragment } from './fragment/fragment.ts';
export type { Fragment, FragmentTrack, Mp4Sample } from './fragment/fragment.ts';
export { parseSample, sampleFramingOf, sizeOfSample, writeSampleInto } from './fragment/sample-framing.ts';
export type { SampleFraming } from './fragment/sample-framing.ts';
export { UnitSampler } from './fragment/unit-sampler.ts';
export type { UnitSample } from './fragment/unit-sampler.ts';

export type {
  Ac3SampleEntry,
  LpcmSampleEntry,
  OpusSampleEntry,
  SampleEntry,
  SampleEntryCodec,
  Vp9SampleEntry,
} from './sample-entry/sample-entry.ts';
export { sampleEntryOf } from './sample-entry/sample-entry-of.ts';
export { codecsParameterOf } from './sample-entry/codecs-parameter.ts';
export { frameRateOf, visualSizeOf } from './sample-entry/visual-size.ts';
export type { VisualSize } from './sample-entry/visual-size.ts';

export { FragmentReader } from './read/fragment-reader.ts';
export type { ReadSample } from './read/fragment-reader.ts';
export { MAX_INIT_BYTES, MAX_TRACKS, parseInitSegment } from './read/init-segment.ts';
export type { InitTrack, ParsedInitSegment, SampleDefaults } from './read/init-segment.ts';
export { MAX_DECODE_TIME_TICKS, MAX_MOVIE_FRAGMENT_BYTES, MAX_SAMPLES_PER_FRAGMENT, parseMovieFragment } from './read/movie-fragment.ts';
export type { MovieFragment, SampleLocation } from './read/movie-fragment.ts';
export { readMovieFile } from './read/movie-file.ts';
export type { MovieFile } from './read/movie-file.ts';
export { MAX_SAMPLES_PER_TRACK } from './read/sample-table.ts';
export { descriptionOf } from './read/description-of.ts';
export { boxesIn, parseBoxHeader } from './read/box-header.ts';
export type { Box, BoxHeader } from './read/box-header.ts';
