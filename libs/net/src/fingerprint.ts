import { createHash } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { FingerprintError } from './errors.ts';

/** SHA-256 of the certificate in DER, lower-case hexadecimal. */
export function certificateFingerprint(der: Uint8Array): string {
  return createHash('sha256').update(der).digest('hex');
}

/**
 * Compares the certificate of a connected peer with the pinned one, upper or lower case.
 *
 * Returns FingerprintError instead of throwing it: sockets are destroyed with it.
 */
export function verifyFingerprint(socket: TLSSocket, expected: string): FingerprintError | undefined {
  const der = socket.getPeerCertificate().raw as Uint8Array | undefined;
  const got = der === undefined ? '' : certificateFingerprint(der);
  const wanted = expected.toLowerCase();
  return got === wanted ? undefined : new FingerprintError(wanted, got);
}
