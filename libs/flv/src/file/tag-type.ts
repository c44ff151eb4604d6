/** Tags of a file, and messages of RTMP, by the same numbers. Source: FLV E.4.1, RTMP 7.1. */
export const FLV_TAG = { audio: 8, video: 9, script: 18 } as const;
