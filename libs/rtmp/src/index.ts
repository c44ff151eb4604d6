export type { RtmpCrypto } from './crypto.ts';
export { CHUNK_STREAM, MESSAGE_STREAM_ID, OUTGOING_CHUNK_SIZE, WINDOW_BYTES } from './connection-limits.ts';

export { ServerHandshake } from './handshake/server-handshake.ts';
export { ClientHandshake } from './handshake/client-handshake.ts';
export { HANDSHAKE_PACKET_BYTES, RTMP_VERSION } from './handshake/packet.ts';

export {
  ChunkReader,
  DEFAULT_CHUNK_SIZE,
  MAX_CHUNK_SIZE,
  MAX_CHUNK_STREAMS,
  MAX_INCOMPLETE_BYTES,
  MAX_MESSAGE_BYTES,
} from './chunk/chunk-reader.ts';
export { ChunkedMessageWriter, inMessageStream, serializeMessage, sizeOfChunkedMessage } from './chunk/chunked-message.ts';

export { MESSAGE_TYPE } from './message/message.ts';
export type { RtmpMessage, RtmpMessageHeader } from './message/message.ts';
export { MAX_COMMAND_BYTES, parseCommand, parseData, serializeCommand } from './message/command.ts';
export type { RtmpCommand } from './message/command.ts';
export { USER_CONTROL, parseUserControl, serializeUserControl } from './message/control.ts';
export type { UserControl } from './message/control.ts';
export type { MediaMessage } from './message-stream.ts';

export { joinStreamUrl, queryValue } from './stream-url.ts';
export type { StreamUrl } from './stream-url.ts';

export { MAX_STREAM_PATH_CHARS, MAX_STREAM_QUERY_CHARS, RtmpServerConnection } from './server/connection.ts';
export { ANY_FOUR_CC } from './server/fourcc-list.ts';
export type { RtmpServerHandler, RtmpServerOptions, StreamRequest } from './server/handler.ts';

export { RtmpClientConnection } from './client/connection.ts';
export type { RtmpClientHandler, RtmpClientOptions } from './client/handler.ts';
export type { AuthStep } from './client/adobe-auth.ts';
export { parseStreamAddress } from './client/stream-address.ts';
export type { StreamAddress } from './client/stream-address.ts';
