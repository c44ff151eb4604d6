import type { OfferedMedia, SdpCodec } from './offer.ts';

/**
 * The payload type under which lost packets of a codec are sent again, as the answer repeats it; undefined when the offer has none,
 * or the codec is not asked for again at all.
 * Source: RFC 4588 8.1, 8.6.
 */
export function retransmissionOf({ payloadType, clockRateHz, feedback }: SdpCodec, { codecs }: OfferedMedia): SdpCodec | undefined {
  if (!feedback.includes('nack')) return undefined;
  const codec = codecs.find(
    ({ name, clockRateHz: rate, fmtp }) => name.toLowerCase() === 'rtx' && rate === clockRateHz && fmtp.get('apt') === String(payloadType),
  );
  return codec && { ...codec, feedback: [] };
}
