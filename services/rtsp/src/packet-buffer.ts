/**
 * The packets of a frame as they go out, plain or protected: one buffer, each packet behind the 4 bytes of interleaved framing.
 *
 * Aliasing: the bytes never change; all readers share them.
 */
export class PacketBuffer {
  /** All packets with their prefixes. */
  readonly bytes: Uint8Array;
  /** Of each packet in `bytes`, behind its prefix. */
  readonly offsets: readonly number[];
  readonly sizes: readonly number[];
  /** In the prefixes. */
  private readonly channel: number;
  private readonly byChannel: Uint8Array[] = [];

  constructor(bytes: Uint8Array, offsets: readonly number[], sizes: readonly number[], channel: number) {
    this.bytes = bytes;
    this.offsets = offsets;
    this.sizes = sizes;
    this.channel = channel;
  }

  get packetCount(): number {
    return this.offsets.length;
  }

  /** The whole frame in interleaved framing, for one write. Readers with the same channel share it. */
  interleaved(channel: number): Uint8Array {
    if (channel === this.channel) return this.bytes;
    let bytes = this.byChannel[channel];
    if (bytes === undefined) {
      bytes = new Uint8Array(this.bytes);
      for (const offset of this.offsets) bytes[offset - 3] = channel;
      this.byChannel[channel] = bytes;
    }
    return bytes;
  }
}
