import type { RtcpPacket } from './compound.ts';

const BLOCK = {
  ssrc: 0x902f9e2e,
  fractionLost: 51,
  cumulativeLost: -2,
  extendedHighestSequenceNumber: 0x1_46e1,
  jitterTicks: 273,
  lastSenderReport: 0x9f36432,
  delaySinceLastSenderReport: 150_137,
};
const BLOCK_HEX = '902f9e2e 33fffffe 000146e1 00000111 09f36432 00024a79';

/** Of a feedback message, but for its deltas. */
export const ARRIVALS = {
  type: 'transportWideFeedback',
  senderSsrc: 1,
  mediaSsrc: 2,
  baseSequenceNumber: 5,
  referenceTime: 3,
  feedbackCount: 0,
} as const;

/** Used both ways. */
export const RTCP_CASES: readonly { readonly name: string; readonly hex: string; readonly packets: readonly RtcpPacket[] }[] = [
  {
    name: 'a sender report with a block',
    hex: `81c8000c 902f9e2e da8bd1fc dddda05a aaf4edd5 00000001 00000002 ${BLOCK_HEX}`,
    packets: [
      {
        type: 'senderReport',
        ssrc: 0x902f9e2e,
        ntp: { seconds: 0xda8bd1fc, fraction: 0xdddda05a },
        rtpTimestamp: 0xaaf4edd5,
        packetCount: 1,
        octetCount: 2,
        reports: [BLOCK],
      },
    ],
  },
  { name: 'an empty receiver report', hex: '80c90001 00000007', packets: [{ type: 'receiverReport', ssrc: 7, reports: [] }] },
  {
    name: 'a receiver report and a description',
    hex: `81c90007 00000007 ${BLOCK_HEX} 81ca0003 00000007 0103 6162 63000000`,
    packets: [
      { type: 'receiverReport', ssrc: 7, reports: [BLOCK] },
      { type: 'sourceDescription', sources: [{ ssrc: 7, cname: 'abc' }] },
    ],
  },
  {
    name: 'goodbyes with and without a reason',
    hex: '81cb0001 00000001 82cb0004 00000001 00000002 0462 7965 21000000',
    packets: [
      { type: 'goodbye', ssrcs: [1] },
      { type: 'goodbye', ssrcs: [1, 2], reason: 'bye!' },
    ],
  },
  {
    name: 'the most that is to be sent',
    hex: '8fce0006 00000001 00000000 52454d42 02 0bd090 00000002 00000003 8fce0005 00000001 00000000 52454d42 01 03ffff 00000002',
    packets: [
      { type: 'receiverEstimatedMaxBitrate', senderSsrc: 1, bitrateBps: 1_000_000, ssrcs: [2, 3] },
      { type: 'receiverEstimatedMaxBitrate', senderSsrc: 1, bitrateBps: 262_143, ssrcs: [2] },
    ],
  },
  {
    name: 'feedback',
    hex: '81cd0004 00000001 00000002 fffe8005 00200000 81ce0002 00000001 00000002 84ce0004 00000001 00000000 00000002 07000000',
    packets: [
      { type: 'nack', senderSsrc: 1, mediaSsrc: 2, sequenceNumbers: [0xfffe, 0xffff, 1, 14, 32] },
      { type: 'pictureLossIndication', senderSsrc: 1, mediaSsrc: 2 },
      { type: 'fullIntraRequest', senderSsrc: 1, mediaSsrc: 0, requests: [{ ssrc: 2, commandNumber: 7 }] },
    ],
  },
  {
    name: 'arrivals as a vector of one bit each, with the highest numbers',
    hex: '8fcd0005 00000001 00000002 fffe0003 ffffff 07 b000 04 00',
    packets: [{ ...ARRIVALS, baseSequenceNumber: 0xfffe, referenceTime: 0xff_ffff, feedbackCount: 7, deltas: [4, 0, undefined] }],
  },
  {
    name: 'arrivals as a run, padded',
    hex: `8fcd000a 00000001 00000002 00050014 000003 00 2014 ${'01'.repeat(20)} 0000`,
    packets: [{ ...ARRIVALS, deltas: new Array<number>(20).fill(1) }],
  },
  {
    name: 'arrivals as a vector of two bits each: late ones, and before the one before',
    hex: '8fcd0007 00000001 00000002 00050007 000003 00 e269 0100 ffff ff 7fff 8000 03',
    packets: [{ ...ARRIVALS, deltas: [256, undefined, -1, 255, 0x7fff, -0x8000, 3] }],
  },
  {
    name: 'arrivals around a gap',
    hex: '8fcd0006 00000001 00000002 00050020 000003 00 a000 0011 2001 00 00',
    packets: [{ ...ARRIVALS, deltas: [0, ...new Array<undefined>(30).fill(undefined), 0] }],
  },
];
