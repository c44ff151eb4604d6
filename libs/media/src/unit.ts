/**
 * One access unit of a track, or one RTP packet of a codec that is not parsed (`CodecDescription` says what the payload holds).
 *
 * Units:    times in ticks of the track's clock, safe integers that never wrap; `ntpUs` is wall-clock microseconds of the capture.
 * Aliasing: the payload is immutable from the moment the unit is made.
 */
export interface Unit {
  readonly trackId: number;
  readonly ptsTicks: number;
  readonly dtsTicks: number;
  readonly ntpUs: number;
  /** Decoding can start here: a random access point of video; every unit of audio and data. */
  readonly key: boolean;
  readonly payload: readonly Uint8Array[];
}
