import type { AlwaysAvailableTrack } from '@mediamesh/config';
import { SLATE_CLIPS } from './clips.ts';
import { clipTracks } from './clip-tracks.ts';
import { silenceOf } from './silence.ts';
import type { SlateTrack } from './slate-content.ts';

/** What the key `alwaysAvailableTracks` describes: a picture that says that the stream is offline, and silence. */
export function generatedSlate(wanted: readonly AlwaysAvailableTrack[]): readonly SlateTrack[] {
  return wanted.map((track, index) => {
    const id = index + 1;
    if (track.codec in SLATE_CLIPS) {
      const [clip] = clipTracks(Buffer.from(SLATE_CLIPS[track.codec as keyof typeof SLATE_CLIPS], 'base64'));
      return { ...clip!, track: { ...clip!.track, id } };
    }
    const { clockRateHz, description, payload, durationTicks } = silenceOf(track);
    return {
      track: { id, kind: 'audio', clockRateHz, ...description },
      samples: [{ dtsTicks: 0, ptsTicks: 0, payload: [payload] }],
      loopTicks: durationTicks,
    };
  });
}
