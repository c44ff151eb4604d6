import { amf0Member, isAmf0Object } from '@mediamesh/flv';
import type { Amf0Value } from '@mediamesh/flv';

/** What is listed of a client that means every codec. */
export const ANY_FOUR_CC = '*';
/** FourCcInfoMask: the client can decode it. */
const CAN_DECODE = 1;

/**
 * The codecs that a client says it can read: `fourCcList`, and the codecs of `videoFourCcInfoMap` and `audioFourCcInfoMap`
 * that it can decode.
 *
 * Source: Enhanced RTMP v2, connect.
 */
export function fourCcsOf(connect: Amf0Value): ReadonlySet<string> {
  const found = new Set<string>();
  const list = amf0Member(connect, 'fourCcList');
  if (Array.isArray(list)) for (const entry of list as readonly Amf0Value[]) if (typeof entry === 'string') found.add(entry);
  for (const name of ['videoFourCcInfoMap', 'audioFourCcInfoMap']) {
    const map = amf0Member(connect, name);
    if (!isAmf0Object(map)) continue;
    for (const [fourCc, mask] of map.members) if (typeof mask === 'number' && (mask & CAN_DECODE) !== 0) found.add(fourCc);
  }
  return found;
}
