import type { OfferedMedia } from './offer.ts';

/** Browsers send up to 3. */
export const MAX_SIMULCAST_LAYERS = 4;

const RID_URI = 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id';
const REPAIRED_RID_URI = 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id';
/** What an answer repeats, so that packets say which media and which layer they are of. */
const URIS: readonly string[] = ['urn:ietf:params:rtp-hdrext:sdes:mid', RID_URI, REPAIRED_RID_URI];
/** RFC 8851 10, and what the draft had before it. */
const RID = /^[\w-]{1,255}$/;

/** A media that comes in several layers, each of which is a stream of its own. */
export interface Simulcast {
  /** In the order of the offer. */
  readonly rids: readonly string[];
  /** Of the header extension that names the layer. */
  readonly ridExtensionId: number;
  /** Of the one that names the layer of which a packet is sent again (RTX); undefined: such packets could be of any. */
  readonly repairedRidExtensionId: number | undefined;
  readonly extensions: OfferedMedia['extensions'];
}

/** The layers of a media that are taken; undefined when it has none, or its packets could not say which one they are of. Source: RFC 8853, 8852. */
export function simulcastOf({ rids: offered, extensions: all }: OfferedMedia): Simulcast | undefined {
  const rids = [...new Set(offered)].filter((rid) => RID.test(rid)).filter((_, index) => index < MAX_SIMULCAST_LAYERS);
  const extensions = all.filter(({ uri }) => URIS.includes(uri));
  const idOf = (wanted: string): number | undefined => extensions.find(({ uri }) => uri === wanted)?.id;
  const [ridExtensionId, repairedRidExtensionId] = [idOf(RID_URI), idOf(REPAIRED_RID_URI)];
  if (rids.length === 0 || ridExtensionId === undefined) return undefined;
  return { rids, ridExtensionId, repairedRidExtensionId, extensions };
}
