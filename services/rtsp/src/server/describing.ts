import { serializeDescribeSdp, serializeMikeyMessage, mikeyFromSrtpKeys } from '@mediamesh/rtsp';
import type { DescribeAnswer, DescribeRequest, DescribedTrack } from '@mediamesh/rtsp';
import type { AccessRequest, PathSettings } from '@mediamesh/contracts';
import type { Logger } from '@mediamesh/platform';
import { describedTrack } from '../from-stream.ts';
import type { OutgoingTrack } from '../from-stream.ts';
import { refuse } from './access.ts';
import { untilRolledOver } from './secure-start.ts';
import type { ServerSettings } from './server-settings.ts';

/** What the answer to a DESCRIBE needs, beside the request. */
export interface Describer {
  readonly settings: ServerSettings;
  readonly logger: Logger;
  /** The client's rights, proven. Errors: ControlError. */
  access(request: DescribeRequest): Promise<AccessRequest>;
  readonly abandoned: AbortSignal;
  /** The keys in the answer are those of the path until `release` is called: GStreamer takes them from here, not from its SETUPs. */
  promise(release: () => void): void;
}

/** Waits for sources on demand. */
export async function describe(request: DescribeRequest, describer: Describer): Promise<DescribeAnswer> {
  const { settings, abandoned } = describer;
  try {
    const reply = await settings.gateway.control.describe(await describer.access(request), abandoned);
    if (reply.kind === 'redirect') return { kind: 'redirect', location: reply.location };
    const sdp = await sdpOf(request, reply, describer);
    return { kind: 'ok', sdp };
  } catch (error) {
    return refuse(error, describer.logger);
  }
}

async function sdpOf(
  request: DescribeRequest,
  { epoch, settings: path }: { readonly epoch: number; readonly settings: PathSettings },
  describer: Describer,
): Promise<string> {
  const { settings, abandoned } = describer;
  const { secure, transports } = settings;
  const feed = await settings.paths.acquire(request.path, epoch, path);
  let release = (): void => feed.release();
  try {
    if (secure) {
      await untilRolledOver(feed.maker, abandoned);
      const releaseKeys = feed.maker.holdKeys();
      describer.promise(() => {
        releaseKeys();
        feed.release();
      });
      release = () => {};
    }
    const tracks = feed.maker.tracks.map((track) => withKeys(track, settings));
    const title = feed.state.description.title ?? '';
    return serializeDescribeSdp(tracks, { title, multicast: request.multicastRequested && transports.multicast, secure });
  } finally {
    release();
  }
}

function withKeys(track: OutgoingTrack, { crypto }: ServerSettings): DescribedTrack {
  const { cipher } = track;
  const described = describedTrack(track);
  return cipher === undefined
    ? described
    : { ...described, mikey: serializeMikeyMessage(mikeyFromSrtpKeys(cipher.keys, crypto, Date.now())) };
}
