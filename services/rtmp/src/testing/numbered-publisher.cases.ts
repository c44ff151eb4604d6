import { parseVideoTag } from '@mediamesh/flv';
import { RtmpClient } from '@mediamesh/testkit';
import { SOUND_CONFIGURATION, VIDEO_CONFIGURATION, audio, metadata, picture, video } from './tags.cases.ts';
import { serializeAmf0 } from '@mediamesh/flv';
import { serializeMessage } from '@mediamesh/rtmp';

const FRAME_MS = 20;
const KEY_EVERY = 10;
/** How often pictures are sent: faster than their times, so that tests are short. */
const INTERVAL_MS = 5;

export interface NumberedOptions {
  readonly sound?: boolean;
  /** Without, the server looks at the stream for two seconds. */
  readonly announced?: boolean;
}

/** Publishes pictures that carry their number, until it is closed. */
export class NumberedPublisher {
  readonly client: RtmpClient;
  private readonly timer: NodeJS.Timeout;
  private number = 0;

  static async open(url: string, { sound = true, announced = true }: NumberedOptions = {}): Promise<NumberedPublisher> {
    const client = await RtmpClient.start({ url, action: 'publish' });
    const values = metadata({ videocodecid: 7, ...(sound && { audiocodecid: 10 }) });
    if (announced) sendData(client, values);
    client.sendMedia(VIDEO_CONFIGURATION);
    if (sound) client.sendMedia(SOUND_CONFIGURATION);
    return new NumberedPublisher(client, sound);
  }

  private constructor(client: RtmpClient, sound: boolean) {
    this.client = client;
    this.timer = setInterval(() => {
      const number = this.number++;
      const key = number % KEY_EVERY === 0;
      client.sendMedia(video(number * FRAME_MS, { key }, picture(key, number)));
      if (sound) client.sendMedia(audio(number * FRAME_MS, {}, Uint8Array.of(0x21, number)));
    }, INTERVAL_MS);
  }

  close(): void {
    clearInterval(this.timer);
    this.client.close();
  }
}

/** Data of a publisher, such as metadata. */
export function sendData(client: RtmpClient, values: ReturnType<typeof metadata>): void {
  client.send(serializeMessage({ typeId: 18, streamId: 1, chunkStreamId: 4, timestampMs: 0 }, serializeAmf0(values), 65_536));
}

/** Numbers of the pictures that a reader has. */
export function picturesOf(client: RtmpClient): readonly number[] {
  return client.messages.flatMap(({ kind, body }) => {
    if (kind !== 'video') return [];
    return parseVideoTag(body).flatMap(({ packet, body: frame }) => {
      const at = frame.length - 2;
      return packet === 'frame' ? [(frame[at]! << 8) | frame[at + 1]!] : [];
    });
  });
}

export function areConsecutive(numbers: readonly number[]): boolean {
  return numbers.every((number, index) => index === 0 || number === numbers[index - 1]! + 1);
}
