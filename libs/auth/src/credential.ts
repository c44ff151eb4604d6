import { createHash, timingSafeEqual } from 'node:crypto';
import { verify } from '@node-rs/argon2';

/** Argon2 takes tens of milliseconds and megabytes each; beyond this many at once, attackers would own the memory. */
export const MAX_PENDING_ARGON2 = 64;

let pendingArgon2 = 0;

/** Whether checking against this credential is slow, and runs on another thread. */
export function isArgon2Credential(credential: string): boolean {
  return credential.startsWith('argon2:');
}

/** Compares in constant time with a plain or SHA-256 credential; an empty credential accepts anything. */
export function matchesCredential(credential: string, guess: string): boolean {
  if (credential === '') return true;
  if (!credential.startsWith('sha256:')) return equalInConstantTime(credential, guess);
  return equalInConstantTime(credential.slice('sha256:'.length), createHash('sha256').update(guess, 'utf8').digest('base64'));
}

/** Verifies an `argon2:` credential off this thread; false too when the hash is malformed or too many are pending. */
export async function matchesArgon2(credential: string, guess: string): Promise<boolean> {
  if (pendingArgon2 >= MAX_PENDING_ARGON2) return false;
  pendingArgon2 += 1;
  try {
    return await verify(credential.slice('argon2:'.length), guess);
  } catch {
    return false;
  } finally {
    pendingArgon2 -= 1;
  }
}

/** Digests first: neither the content nor the length of the texts shows in the time. */
function equalInConstantTime(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a, 'utf8').digest(), createHash('sha256').update(b, 'utf8').digest());
}
