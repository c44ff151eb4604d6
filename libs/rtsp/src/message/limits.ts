/** The limits on a message's first line are MediaMTX's; real URLs stay far below. */
export const MAX_METHOD_CHARS = 64;
export const MAX_URL_CHARS = 2048;
export const MAX_PROTOCOL_CHARS = 64;

/** Headers of one message; clients send about ten. */
export const MAX_HEADERS = 255;
export const MAX_HEADER_NAME_CHARS = 512;
/** Room for a token as password, or a KeyMgmt message, in one value. */
export const MAX_HEADER_VALUE_CHARS = 2048;

/** First line and headers together: the single limits would add up to 650 KB. */
export const MAX_HEAD_BYTES = 64 * 1024;

/** An announced SDP is 1 to 20 KB. */
export const MAX_BODY_BYTES = 128 * 1024;
