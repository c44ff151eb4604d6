import { bytesFromHex } from '@mediamesh/bytes';
import type { SctpChunk, SctpUnknownChunk } from './chunks.ts';

interface SctpCase {
  readonly name: string;
  readonly verificationTag: number;
  readonly chunks: readonly Exclude<SctpChunk, SctpUnknownChunk>[];
  /** Without ports and checksum: the chunks. */
  readonly bytes: string;
}

/** Chunks as RFC 9260 3.3 draws them. */
export const SCTP_CASES: readonly SctpCase[] = [
  {
    name: 'INIT',
    verificationTag: 0,
    chunks: [{ type: 'init', tag: 0x01020304, receiveWindow: 0x10000, outboundStreams: 2, inboundStreams: 3, initialTsn: 0xffffffff }],
    bytes: '01000014 01020304 00010000 0002 0003 ffffffff',
  },
  {
    name: 'INIT ACK with a cookie that is padded',
    verificationTag: 7,
    chunks: [
      {
        type: 'initAck',
        tag: 9,
        receiveWindow: 1500,
        outboundStreams: 1,
        inboundStreams: 1,
        initialTsn: 1,
        cookie: Uint8Array.of(1, 2, 3, 4, 5),
      },
    ],
    bytes: '0200001d 00000009 000005dc 0001 0001 00000001 0007 0009 0102030405 000000',
  },
  {
    name: 'DATA, whole and ordered, padded; and a piece in the middle, unordered',
    verificationTag: 0xffffffff,
    chunks: [
      {
        type: 'data',
        tsn: 5,
        streamId: 1,
        streamSequence: 2,
        protocolId: 53,
        unordered: false,
        beginning: true,
        ending: true,
        payload: Uint8Array.of(0xaa),
      },
      {
        type: 'data',
        tsn: 6,
        streamId: 1,
        streamSequence: 0,
        protocolId: 51,
        unordered: true,
        beginning: false,
        ending: false,
        payload: Uint8Array.of(1, 2, 3, 4),
      },
    ],
    bytes: '00030011 00000005 0001 0002 00000035 aa 000000 00040014 00000006 0001 0000 00000033 01020304',
  },
  {
    name: 'SACK with two gaps',
    verificationTag: 1,
    chunks: [
      {
        type: 'sack',
        cumulativeTsn: 12,
        receiveWindow: 4_660,
        gaps: [
          { start: 2, end: 3 },
          { start: 5, end: 5 },
        ],
      },
    ],
    bytes: '03000018 0000000c 00001234 0002 0000 0002 0003 0005 0005',
  },
  {
    name: 'COOKIE ECHO, COOKIE ACK',
    verificationTag: 1,
    chunks: [
      { type: 'cookieEcho', value: Uint8Array.of(1, 2, 3, 4) },
      { type: 'cookieAck', value: new Uint8Array() },
    ],
    bytes: '0a000008 01020304 0b000004',
  },
  {
    name: 'ABORT with a cause',
    verificationTag: 1,
    chunks: [{ type: 'abort', value: Uint8Array.of(0, 12, 0, 4) }],
    bytes: '06000008 000c0004',
  },
];

export const chunkBytes = ({ bytes }: SctpCase): Uint8Array => bytesFromHex(bytes.replaceAll(' ', ''));
