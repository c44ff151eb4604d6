import { generateKeyPairSync } from 'node:crypto';
import { openSsl } from './openssl.ts';
import type { OpenSsl } from './openssl.ts';

const CERTIFICATE_DAYS = 30;
/** The one that every WebRTC peer must have, RFC 8827 6.5. */
const SRTP_PROFILES = 'SRTP_AES128_CM_SHA1_80';
const DTLS_1_2 = 0xfefd;
const SSL_CTRL_SET_SESSION_CACHE_MODE = 44;
const SSL_CTRL_SET_MIN_PROTO_VERSION = 123;
const SSL_VERIFY_PEER = 1;
const SSL_VERIFY_FAIL_IF_NO_PEER_CERT = 2;
const SSL_OP_NO_QUERY_MTU = 2 ** 12;
const SSL_OP_NO_TICKET = 2 ** 14;
const SSL_OP_NO_RENEGOTIATION = 2 ** 30;

/** What all DTLS sessions of a process share: its certificate, of a key that never leaves the process. */
export class DtlsContext {
  readonly ssl: OpenSsl;
  readonly handle: number;
  /** SHA-256 of the certificate, as SDP writes it. */
  readonly fingerprint: string;
  /** Those that are not closed. */
  sessionCount = 0;

  /** Errors: OpenSslUnavailableError. */
  constructor() {
    const ssl = openSsl();
    this.ssl = ssl;
    const key = importKey(ssl);
    const certificate = ssl.newCertificate(key, CERTIFICATE_DAYS);
    this.fingerprint = fingerprintText(ssl.digest(certificate, 'sha256')!);
    this.handle = ssl.newContext(ssl.dtlsMethod());
    const { handle } = this;
    ssl.contextControl(handle, SSL_CTRL_SET_MIN_PROTO_VERSION, DTLS_1_2, 0);
    ssl.contextControl(handle, SSL_CTRL_SET_SESSION_CACHE_MODE, 0, 0);
    ssl.contextOptions(handle, SSL_OP_NO_QUERY_MTU + SSL_OP_NO_TICKET + SSL_OP_NO_RENEGOTIATION);
    ssl.verifyMode(handle, SSL_VERIFY_PEER + SSL_VERIFY_FAIL_IF_NO_PEER_CERT, ssl.acceptAnyCertificate);
    const refused =
      ssl.useCertificate(handle, certificate) !== 1 || ssl.usePrivateKey(handle, key) !== 1 || ssl.useSrtp(handle, SRTP_PROFILES) !== 0;
    ssl.freeCertificate(certificate);
    ssl.freeKey(key);
    if (refused) throw new Error(`OpenSSL refuses the DTLS context: ${ssl.lastError()}`);
  }

  close(): void {
    this.ssl.freeContext(this.handle);
  }
}

/** `AB:CD:...` */
export function fingerprintText(digest: Uint8Array): string {
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':');
}

function importKey(ssl: OpenSsl): number {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const bio = ssl.newBio(ssl.memoryBio());
  ssl.bioWrite(bio, pem, pem.length);
  const key = ssl.readPrivateKey(bio);
  ssl.freeBio(bio);
  pem.fill(0);
  if (key === 0) throw new Error(`OpenSSL cannot read the key: ${ssl.lastError()}`);
  return key;
}
