import type { TrackSummary } from '@mediamesh/contracts';

/** What two tracks of a codec must agree in: MediaMTX's names, and those of `codecProps`. Contract 7.9. */
const CONFIGURATIONS: Readonly<Record<string, { readonly name: string; readonly fields: Readonly<Record<string, string>> }>> = {
  'MPEG-4 Audio': { name: 'MPEG-4 audio', fields: { sampleRate: 'sampleRate', channelCount: 'channelCount' } },
  G711: { name: 'G711', fields: { MULaw: 'muLaw', sampleRate: 'sampleRate', channelCount: 'channelCount' } },
  LPCM: { name: 'LPCM', fields: { bitDepth: 'bitDepth', sampleRate: 'sampleRate', channelCount: 'channelCount' } },
};

/** Why a publisher can't have an always-available path whose other content has these tracks. */
export function trackMismatch(wanted: readonly TrackSummary[], expected: readonly TrackSummary[]): string {
  const labels = (tracks: readonly TrackSummary[]): string => `[${tracks.map(({ codec }) => codec).join(' ')}]`;
  if (labels(wanted) === labels(expected)) {
    for (const [index, { codec, codecProps }] of wanted.entries()) {
      const configuration = CONFIGURATIONS[codec];
      if (configuration === undefined) continue;
      const [is, expects] = [codecProps, expected[index]!.codecProps].map((props) =>
        Object.entries(configuration.fields)
          .map(([name, prop]) => `${name}=${String(props?.[prop])}`)
          .join(', '),
      );
      if (is !== expects) return `${configuration.name} configuration does not match, is ${is}, but stream expects ${expects}`;
    }
  }
  return `wants to publish ${labels(wanted)}, but stream expects ${labels(expected)}`;
}
