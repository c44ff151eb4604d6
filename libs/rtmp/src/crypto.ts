import type { CryptoPort } from '@mediamesh/bytes';

/** What RTMP needs of the platform's cryptography. */
export type RtmpCrypto = Pick<CryptoPort, 'hash' | 'hmac' | 'randomBytes' | 'equal'>;
