/** Message types. Source: RTMP 5.4, 7.1. */
export const MESSAGE_TYPE = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAcknowledgementSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  commandAmf3: 17,
  dataAmf0: 18,
  commandAmf0: 20,
  aggregate: 22,
} as const;

/** One message, put together again. */
export interface RtmpMessage {
  readonly typeId: number;
  readonly streamId: number;
  /** Modulo 2^32. */
  readonly timestampMs: number;
  readonly chunkStreamId: number;
  readonly body: Uint8Array;
}

/** What of a message stands before its body. */
export type RtmpMessageHeader = Omit<RtmpMessage, 'body'>;
