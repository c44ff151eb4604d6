import type { LpcmParameters } from '../description.ts';

/** Bytes of one sample of every channel. */
export function lpcmFrameBytes(parameters: LpcmParameters): number {
  return (parameters.bitDepth / 8) * parameters.channelCount;
}

/** Whole samples in so many bytes. */
export function lpcmSampleCount(parameters: LpcmParameters, sizeBytes: number): number {
  return Math.floor(sizeBytes / lpcmFrameBytes(parameters));
}
