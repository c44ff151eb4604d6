import type { DepacketizedUnit } from '../packetizer.ts';

/** What a packet that completes nothing returns. */
export const NO_UNITS: readonly DepacketizedUnit[] = Object.freeze([]);
