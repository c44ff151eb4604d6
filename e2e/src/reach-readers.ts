import { waitFor } from '@mediamesh/testkit';
import type { RawPublisher, RawReader } from '@mediamesh/testkit';

/**
 * Sends packets until each reader has got one: a stream over a broker begins a moment after PLAY was answered.
 * Returns how many were sent.
 */
export async function reachReaders(
  publisher: RawPublisher,
  readers: readonly RawReader[],
  packetOf: (index: number) => Uint8Array,
): Promise<number> {
  let sent = 0;
  await waitFor(
    () => {
      publisher.sendRtp(0, packetOf(sent++));
      return readers.every((reader) => reader.packets().length > 0);
    },
    { deadlineMs: 10_000, what: 'a packet at every reader' },
  );
  return sent;
}
