import { ByteReader, ByteWriter } from '@mediamesh/bytes';

/** Events of user control messages that have a meaning here. Source: RTMP 7.1.7. */
export const USER_CONTROL = {
  streamBegin: 0,
  streamEof: 1,
  setBufferLength: 3,
  streamIsRecorded: 4,
  pingRequest: 6,
  pingResponse: 7,
} as const;

/** How the bandwidth limit of the peer is meant. Source: RTMP 5.4.5. */
export const BANDWIDTH_LIMIT = { hard: 0, soft: 1, dynamic: 2 } as const;

export interface UserControl {
  readonly event: number;
  /** A message stream's id, or the time of a ping. */
  readonly value: number;
}

/** The body of messages with one number: chunk size, abort, acknowledgement, window size. */
export function serializeUint32(value: number): Uint8Array {
  return new ByteWriter(4).u32(value).finish();
}

/** Errors: ParseError when truncated. */
export function parseUint32(body: Uint8Array): number {
  return new ByteReader(body, 'control message').u32();
}

export function serializeSetPeerBandwidth(windowBytes: number, limit: number): Uint8Array {
  return new ByteWriter(5).u32(windowBytes).u8(limit).finish();
}

/** `more`: what some events have behind the first number, as the length of a buffer. */
export function serializeUserControl({ event, value }: UserControl, more?: number): Uint8Array {
  const writer = new ByteWriter(10).u16(event).u32(value);
  return (more === undefined ? writer : writer.u32(more)).finish();
}

/** Events without a number, or with less, have the value 0. Errors: ParseError when there is not even an event. */
export function parseUserControl(body: Uint8Array): UserControl {
  const reader = new ByteReader(body, 'user control message');
  const event = reader.u16();
  return { event, value: reader.remaining >= 4 ? reader.u32() : 0 };
}
