/** What we send in one chunk: a frame of most streams. MediaMTX has the same; ffmpeg and others take the size over for what they send. */
export const OUTGOING_CHUNK_SIZE = 65_536;
/** Bytes after which the peer is to acknowledge. */
export const WINDOW_BYTES = 2_500_000;
/** The stream that `createStream` gives: there is one a connection. */
export const MESSAGE_STREAM_ID = 1;
/** Of what we send. */
export const CHUNK_STREAM = { control: 2, command: 3, audio: 4, status: 5, video: 6 } as const;
