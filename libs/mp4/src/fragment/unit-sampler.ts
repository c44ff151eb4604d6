import { equalBytes } from '@mediamesh/bytes';
import { flacFrameOf, lpcmOfG711, parseAudioMuxElement, parseStreamMuxConfig, unitDurationTicks } from '@mediamesh/codecs';
import type { StreamMuxConfig, TimedDescription } from '@mediamesh/codecs';
import { sampleEntryOf } from '../sample-entry/sample-entry-of.ts';
import type { SampleEntry } from '../sample-entry/sample-entry.ts';

/** A sample of a unit. */
export interface UnitSample {
  /** Its decoding time less that of the unit, in ticks of the track. */
  readonly offsetTicks: number;
  readonly payload: readonly Uint8Array[];
}

/**
 * Units of a track into samples, and what the file must say of them.
 *
 * Shape:    a unit of video, LPCM or G711 (decoded to LPCM) is one sample, other audio a sample a frame; LATM becomes AAC.
 *           A sample of FLAC is the frame without its RTP header.
 * Errors:   ParseError when a unit is malformed, in as far as it must be read.
 * Aliasing: samples are views of the unit; those of LATM and G711 are copies.
 */
export class UnitSampler {
  private track: TimedDescription;
  private known: SampleEntry | undefined;
  private latm: StreamMuxConfig | undefined;

  constructor(track: TimedDescription) {
    this.track = track;
    this.known = sampleEntryOf(track);
  }

  /** Undefined until units have shown it. Another object only when something in it has changed. */
  get entry(): SampleEntry | undefined {
    return this.known;
  }

  /** Takes a new revision of the track's description. */
  describe(track: TimedDescription): void {
    this.track = track;
    this.learn(sampleEntryOf(track));
  }

  sample(payload: readonly Uint8Array[], key: boolean): readonly UnitSample[] {
    switch (this.track.codec) {
      case 'AV1':
      case 'VP9':
      case 'MPEG-1/2 Video':
        if (key) this.learn(sampleEntryOf(this.track, payload));
        return [{ offsetTicks: 0, payload }];
      case 'MPEG-4 Audio LATM':
        return this.sampleLatm(payload);
      case 'G711': {
        const { muLaw } = this.track.parameters;
        return [{ offsetTicks: 0, payload: payload.map((samples) => lpcmOfG711(samples, muLaw)) }];
      }
      case 'FLAC':
        return this.frames(payload).map(({ offsetTicks, payload: [packet] }) => ({ offsetTicks, payload: [flacFrameOf(packet!)] }));
      case 'Opus':
      case 'MPEG-4 Audio':
      case 'MPEG-1/2 Audio':
      case 'AC3':
        this.known ??= sampleEntryOf(this.track, payload);
        return payload.length === 1 ? [{ offsetTicks: 0, payload }] : this.frames(payload);
      default:
        this.known ??= sampleEntryOf(this.track, payload);
        return [{ offsetTicks: 0, payload }];
    }
  }

  private frames(payload: readonly Uint8Array[]): UnitSample[] {
    const samples: UnitSample[] = [];
    let offsetTicks = 0;
    for (const entry of payload) {
      const frame = [entry];
      samples.push({ offsetTicks, payload: frame });
      offsetTicks += unitDurationTicks(this.track, frame) ?? 0;
    }
    return samples;
  }

  private sampleLatm(payload: readonly Uint8Array[]): UnitSample[] {
    const { track } = this;
    if (track.codec !== 'MPEG-4 Audio LATM') return [];
    const { config, configInBand } = track.parameters;
    this.latm ??= config && parseStreamMuxConfig(config);
    const samples: UnitSample[] = [];
    let offsetTicks = 0;
    for (const element of payload) {
      if (!this.latm && configInBand && (element[0] ?? 0) >= 0x80) continue; // its configuration came before we did
      const { config: mux, frames } = parseAudioMuxElement(element, this.latm, configInBand);
      this.latm = mux;
      this.known ??= sampleEntryOf(track, [element]);
      const audio = mux.programs[0]?.[0]?.config;
      for (const frame of frames) {
        samples.push({ offsetTicks, payload: [frame] });
        if (audio) offsetTicks += Math.round((audio.frameLength * track.clockRateHz) / audio.sampleRateHz);
      }
    }
    return samples;
  }

  private learn(entry: SampleEntry | undefined): void {
    if (entry && !(this.known && sameEntry(this.known, entry))) this.known = entry;
  }
}

/** Whether two entries say the same. */
function sameEntry(a: object, b: object): boolean {
  const left = Object.entries(a);
  const right = b as Readonly<Record<string, unknown>>;
  return left.length === Object.keys(b).length && left.every(([name, value]) => sameValue(value, right[name]));
}

function sameValue(a: unknown, b: unknown): boolean {
  if (a instanceof Uint8Array) return b instanceof Uint8Array && equalBytes(a, b);
  if (typeof a === 'object' && a !== null) return typeof b === 'object' && b !== null && sameEntry(a, b);
  return a === b;
}
