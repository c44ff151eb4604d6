/** What we use of the package; it comes without types. */
declare module 'sdp-transform' {
  export interface TransformSection {
    rtp?: { payload: number | string; codec: number | string; rate?: number | string; encoding?: number | string }[];
    fmtp?: { payload: number | string; config: number | string }[];
    control?: number | string;
    mid?: number | string;
    direction?: string;
    connection?: { version: number; ip: number | string };
    /** Attributes that the package has no grammar for, without their `a=`. */
    invalid?: { value: number | string }[];
  }

  export interface TransformMedia extends TransformSection {
    type: string;
    port: number;
    protocol: string;
    payloads?: number | string;
  }

  export interface TransformSession extends TransformSection {
    version?: number;
    origin?: {
      username: string;
      sessionId: number | string;
      sessionVersion: number;
      netType: string;
      ipVer: number;
      address: string;
    };
    name?: number | string;
    timing?: { start: number; stop: number };
    media: TransformMedia[];
  }

  const sdpTransform: {
    parse(text: string): TransformSession;
    write(session: TransformSession): string;
  };
  export default sdpTransform;
}
