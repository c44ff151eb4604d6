import { testLifetime } from '@mediamesh/e2e';
import {
  CLIPS,
  FfmpegReader,
  Lifetime,
  TOPOLOGIES,
  TemporaryFolder,
  WebrtcbinReader,
  clipForWebrtcbin,
  clipReference,
  contiguousRun,
  prepareClip,
  publishWithWebrtcbin,
  waitFor,
} from '@mediamesh/testkit';
import type { Product, WebrtcbinMedia } from '@mediamesh/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const DEADLINE_MS = 30_000;
const SECONDS = 2;
/** Of 25 a second. */
const MIN_FRAMES = 40;
const MIN_AUDIO_BYTES = 2_000;
const H264: WebrtcbinMedia = {
  caps: 'encoding-name=H264,payload=96,clock-rate=90000,packetization-mode=(string)1',
  elements: 'rtph264depay ! h264parse ! avdec_h264',
};
const OPUS: WebrtcbinMedia = { caps: 'encoding-name=OPUS,payload=97,clock-rate=48000,encoding-params=(string)2', elements: 'rtpopusdepay' };

/** Name, raw audio and encoder, payload type, the track, and what a reader asks for. */
const AUDIO: readonly (readonly [string, string, number, object, WebrtcbinMedia])[] = [
  [
    'G722',
    'audio/x-raw,rate=16000,channels=1 ! avenc_g722 ! rtpg722pay',
    9,
    { codec: 'G722' },
    { caps: 'encoding-name=G722,payload=9,clock-rate=8000', elements: 'rtpg722depay' },
  ],
  [
    'PCMA',
    'audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay',
    8,
    { codec: 'G711', codecProps: { muLaw: false, sampleRate: 8_000, channelCount: 1 } },
    { caps: 'encoding-name=PCMA,payload=8,clock-rate=8000', elements: 'rtppcmadepay' },
  ],
  [
    'L16',
    'audio/x-raw,rate=48000,channels=2 ! audioconvert ! rtpL16pay',
    122,
    { codec: 'LPCM', codecProps: { bitDepth: 16, sampleRate: 48_000, channelCount: 2 } },
    { caps: 'encoding-name=L16,payload=122,clock-rate=48000,encoding-params=(string)2', elements: 'rtpL16depay' },
  ],
  [
    'Opus of 6 channels',
    'audio/x-raw,rate=48000,channels=6,channel-mask=(bitmask)0x3f ! opusenc ! rtpopuspay',
    96,
    { codec: 'Opus', codecProps: { channelCount: 6 } },
    {
      caps: 'encoding-name=MULTIOPUS,payload=96,clock-rate=48000,encoding-params=(string)6,num_streams=(string)4,coupled_streams=(string)2,channel_mapping=(string)"0,4,1,2,3,5"',
      elements: 'rtpopusdepay',
    },
  ],
];

interface PathInfo {
  readonly tracks2: readonly unknown[];
}

describe.each(TOPOLOGIES)("gstreamer's webrtcbin on $name", (topology) => {
  const lifetime = new Lifetime();
  const folder = lifetime.own(new TemporaryFolder());
  let product: Product;

  beforeAll(async () => {
    product = lifetime.own(await topology.start({ webrtc: true, pathDefaults: { gopCache: 'catchUp' } }));
  });
  afterAll(() => lifetime.end());

  test('publishes over WHIP: webrtcbin reads over WHEP and ffmpeg over RTSP, every frame', async () => {
    const during = testLifetime(product);
    const path = 'clip';
    const clip = await prepareClip(CLIPS.h264Opus);
    const reference = (await clipReference(clip)).frames;
    during.own(publishWithWebrtcbin(product.webrtcUrl(`${path}/whip`), clipForWebrtcbin(clip)));
    await product.log.waitForLine(new RegExp(`is publishing to path '${path}'`));
    const whep = during.own(new WebrtcbinReader({ url: product.webrtcUrl(`${path}/whep`), folder, video: H264, audio: OPUS }));
    const rtsp = during.own(new FfmpegReader({ url: product.rtspUrl(path), folder, seconds: SECONDS }));
    const { frames, audio } = await rtsp.result();
    const hashes = frames.map(({ hash }) => hash);
    expect(contiguousRun(reference, hashes).length).toBeGreaterThanOrEqual(MIN_FRAMES);
    expect(audio.length).toBeGreaterThan(MIN_AUDIO_BYTES);
    const isThere = (): boolean => whep.frames.length >= MIN_FRAMES && whep.audio.length > MIN_AUDIO_BYTES;
    await waitFor(isThere, { deadlineMs: DEADLINE_MS, what: 'frames and sound in webrtcbin' });
    expect(contiguousRun(reference, whep.frames).length).toBeGreaterThanOrEqual(MIN_FRAMES);
  });

  test('publishes and reads sound of every other kind', async () => {
    const during = testLifetime(product);
    const sound = async ([name, source, payloadType, track, media]: (typeof AUDIO)[number]): Promise<void> => {
      const path = name.replaceAll(' ', '-');
      const caps = `application/x-rtp,media=audio,payload=${payloadType}`;
      const elements = `audiotestsrc is-live=true ! ${source} ! ${caps} ! peer.`;
      during.own(publishWithWebrtcbin(product.webrtcUrl(`${path}/whip`), elements));
      await product.log.waitForLine(new RegExp(`is publishing to path '${path}'`));
      const info = (await (await fetch(product.apiUrl(`/v3/paths/get/${path}`))).json()) as PathInfo;
      expect(info.tracks2).toMatchObject([track]);
      const reader = during.own(new WebrtcbinReader({ url: product.webrtcUrl(`${path}/whep`), folder, audio: media }));
      await waitFor(() => reader.audio.length > MIN_AUDIO_BYTES, { deadlineMs: DEADLINE_MS, what: `${name} in webrtcbin` });
    };
    await Promise.all(AUDIO.map(sound));
  });
});
