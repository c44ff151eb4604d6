import type { OfferedMedia, SdpCodec } from './offer.ts';

/** Of the header extension that numbers the packets of all streams of a transport. */
export const TRANSPORT_SEQUENCE_URI = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
/** What tells when they came. */
export const TRANSPORT_FEEDBACK = 'transport-cc';

/** The extension, where both sides have it and the feedback of it for this codec. */
export function transportSequenceOf(
  { feedback }: Pick<SdpCodec, 'feedback'>,
  { extensions }: Pick<OfferedMedia, 'extensions'>,
): OfferedMedia['extensions'][number] | undefined {
  return feedback.includes(TRANSPORT_FEEDBACK) ? extensions.find(({ uri }) => uri === TRANSPORT_SEQUENCE_URI) : undefined;
}
