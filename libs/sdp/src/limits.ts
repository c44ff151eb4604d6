/** The largest SDP that is read: as large as the largest RTSP body. */
export const MAX_SDP_CHARS = 128 * 1024;

/** A Vorbis configuration takes 8 KiB of base64; twice that is malformed or hostile. */
export const MAX_LINE_CHARS = 16 * 1024;

/** Cameras announce 20 to 40 lines, browsers up to 500. */
export const MAX_LINES = 4096;

/** Medias of a session: an AJA or NVR description has 8 at most. */
export const MAX_MEDIAS = 64;

/** Payload types of one media: browsers list up to 45. */
export const MAX_FORMATS = 64;

/** Parameters of one `a=fmtp`. */
export const MAX_FMTP_PARAMETERS = 64;

/** Above any audio format of RTP (multiopus has 255 as its own limit). */
export const MAX_CHANNELS = 255;
