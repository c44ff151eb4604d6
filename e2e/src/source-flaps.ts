import { CLIPS, FfmpegReader, expectRisingTimes, prepareClip, publishWithFfmpeg, standalone, waitFor } from '@mediamesh/testkit';
import type { Lifetime, TemporaryFolder, Topology } from '@mediamesh/testkit';
import { expect } from 'vitest';

const DEADLINE_MS = 20_000;
/** Frames that show that a stream goes on. */
const SOME = 10;

/**
 * A source that fails and returns, again and again, beside a backup that stays: the reader decodes all of it, without an error,
 * and at rising times.
 */
export async function surviveFlaps(
  topology: Topology,
  flaps: number,
  { during, folder }: { readonly during: Lifetime; readonly folder: TemporaryFolder },
): Promise<void> {
  const clip = await prepareClip(CLIPS.h264Opus);
  const origin = during.own(
    await standalone.start({
      pathDefaults: { gopCache: 'burst' },
      paths: { all_others: {}, backup: { alwaysAvailable: true, alwaysAvailableFile: clip.file } },
    }),
  );
  const publish = () => during.own(publishWithFfmpeg({ url: origin.rtspUrl('primary'), clip }));
  let primary = publish();
  await origin.log.waitForLine(/is publishing to path 'primary'/);
  const path = {
    source: origin.rtspUrl('primary'),
    sourceBackups: [origin.rtspUrl('backup')],
    rtspTransport: 'tcp',
    sourceRecoveryDelay: '1s',
    gopCache: 'burst',
  };
  const edge = during.own(await topology.start({ paths: { cam: path } }));
  await edge.log.waitForLine(/path cam\] stream is available/, { deadlineMs: DEADLINE_MS });
  const reader = during.own(new FfmpegReader({ url: edge.rtspUrl('cam'), folder, seconds: 3_600 }));
  const moreFrames = async (what: string): Promise<void> => {
    const seen = reader.soFar().frames.length;
    await waitFor(() => reader.soFar().frames.length >= seen + SOME, { deadlineMs: DEADLINE_MS, what });
  };
  await waitFor(() => reader.soFar().frames.length >= SOME, { deadlineMs: DEADLINE_MS, what: 'the source' });

  for (let flap = 1; flap <= flaps; flap++) {
    primary.signal('SIGKILL');
    await edge.log.waitForLine(/path cam\] switched to backup 1/, { count: flap, deadlineMs: DEADLINE_MS });
    await moreFrames('frames of the backup');
    primary = publish();
    await edge.log.waitForLine(/path cam\] switched back to the source/, { count: flap, deadlineMs: DEADLINE_MS });
    await moreFrames('frames of the source');
  }
  expectRisingTimes(reader.soFar().frames);
  expect(reader.program.stderr.lines).toEqual([]);
  expect(edge.log.matching(/is reading from path 'cam'/)).toHaveLength(1);
}
