import { describe, expect, test } from 'vitest';
import type { OfferedMedia } from './offer.ts';
import { MAX_SIMULCAST_LAYERS, simulcastOf } from './simulcast.ts';

const MID = { id: 4, uri: 'urn:ietf:params:rtp-hdrext:sdes:mid' };
const RID = { id: 10, uri: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id' };
const REPAIRED = { id: 11, uri: 'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id' };
const TIME = { id: 2, uri: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time' };

const media = (rids: readonly string[], extensions: OfferedMedia['extensions']): OfferedMedia => ({
  mediaType: 'video',
  port: 9,
  protocol: 'UDP/TLS/RTP/SAVPF',
  mid: '0',
  direction: 'sendonly',
  codecs: [],
  formats: [],
  rids,
  extensions,
});

describe('simulcast', () => {
  test('layers, and the extensions that tell them apart', () => {
    expect(simulcastOf(media(['h', 'm', 'l'], [TIME, MID, RID]))).toEqual({
      rids: ['h', 'm', 'l'],
      ridExtensionId: 10,
      repairedRidExtensionId: undefined,
      extensions: [MID, RID],
    });
    expect(simulcastOf(media(['h', 'l'], [TIME, MID, RID, REPAIRED]))).toMatchObject({
      ridExtensionId: 10,
      repairedRidExtensionId: 11,
      extensions: [MID, RID, REPAIRED],
    });
  });

  test('none without layers, or without the extension', () => {
    expect(simulcastOf(media([], [MID, RID]))).toBeUndefined();
    expect(simulcastOf(media(['h'], [MID, REPAIRED]))).toBeUndefined();
  });

  test('what is repeated or no name of a layer is left out', () => {
    expect(simulcastOf(media(['h', 'h', 'a;b', 'l'.repeat(256), 'l'.repeat(255)], [RID]))?.rids).toEqual(['h', 'l'.repeat(255)]);
  });

  test('as many layers as are taken, and one more', () => {
    const rids = Array.from({ length: MAX_SIMULCAST_LAYERS + 1 }, (_, index) => `r${index}`);
    expect(simulcastOf(media(rids, [RID]))?.rids).toEqual(rids.filter((_, index) => index < MAX_SIMULCAST_LAYERS));
  });
});
