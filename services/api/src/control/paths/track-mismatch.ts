import type { TrackSummary } from '@mediamesh/contracts';

/** Of almost all AAC, and of a gateway that does not tell it. */
const AAC_LC = 2;

/** What two tracks of a codec must agree in: MediaMTX's names, and those of `propsOf`. Contract 7.9. */
const CONFIGURATIONS: Readonly<Record<string, { readonly name: string; readonly fields: Readonly<Record<string, string>> }>> = {
  'MPEG-4 Audio': { name: 'MPEG-4 audio', fields: { type: 'audioObjectType', sampleRate: 'sampleRate', channelCount: 'channelCount' } },
  G711: { name: 'G711', fields: { MULaw: 'muLaw', sampleRate: 'sampleRate', channelCount: 'channelCount' } },
  LPCM: { name: 'LPCM', fields: { bitDepth: 'bitDepth', sampleRate: 'sampleRate', channelCount: 'channelCount' } },
};

/** Why a publisher can't have an always-available path whose other content has these tracks. */
export function trackMismatch(wanted: readonly TrackSummary[], expected: readonly TrackSummary[]): string {
  const labels = (tracks: readonly TrackSummary[]): string => `[${tracks.map(({ codec }) => codec).join(' ')}]`;
  if (labels(wanted) === labels(expected)) {
    for (const [index, track] of wanted.entries()) {
      const configuration = CONFIGURATIONS[track.codec];
      if (configuration === undefined) continue;
      const [is, expects] = [track, expected[index]!].map(propsOf).map((props) =>
        Object.entries(configuration.fields)
          .map(([name, prop]) => `${name}=${String(props[prop])}`)
          .join(', '),
      );
      if (is !== expects) return `${configuration.name} configuration does not match, is ${is}, but stream expects ${expects}`;
    }
  }
  return `wants to publish ${labels(wanted)}, but stream expects ${labels(expected)}`;
}

function propsOf({ codecProps, audioObjectType = AAC_LC }: TrackSummary): Readonly<Record<string, unknown>> {
  return { ...codecProps, audioObjectType };
}
