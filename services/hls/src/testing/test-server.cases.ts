import { MemoryBus } from '@mediamesh/bus';
import { GATEWAY_PROTOCOL, Gateway, StreamPublisher } from '@mediamesh/gateway';
import type { Track } from '@mediamesh/media';
import type { ControlClient } from '@mediamesh/platform';
import { InProcessWire, InstanceIdentity, Logging, MemorySink, createPlatform, openServiceApp } from '@mediamesh/platform';
import { ApiModule, ConfigStore, ControlService } from '@mediamesh/service-api';
import { TemporaryFolder } from '@mediamesh/testkit';
import { HlsModule } from '../hls.module.ts';
import type { HlsService } from '../hls-service.ts';

const OPUS: Track = { id: 1, kind: 'audio', clockRateHz: 48_000, codec: 'Opus', parameters: { channelCount: 2 } };
const VP8: Track = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'VP8', parameters: {} };
export const TRACKS = { opus: [OPUS], vp8: [VP8] } as const;
const PACKET_TICKS = 960;
/** CELT, 20 ms, one frame. */
const PACKET = Uint8Array.of(0x78, 1, 2, 3);

interface OpenGateway {
  readonly service: HlsService;
  readonly gateway: Gateway;
}

/** The gateway and its control service in this process, over memory. */
export class TestServer {
  readonly service: HlsService;
  readonly gateway: Gateway;
  /** Asks the gateways. */
  readonly client: ControlClient;
  private readonly sink: MemorySink;
  private readonly closers: (() => unknown)[];
  private readonly openGateway: () => Promise<OpenGateway>;

  /** Keys of `config` as in the file. */
  static async open(config: Readonly<Record<string, unknown>> = {}): Promise<TestServer> {
    const folder = new TemporaryFolder();
    const closers: (() => unknown)[] = [() => folder.close()];
    const servers = { rtsp: false, rtmp: false, webrtc: false, srt: false, moq: false, hlsAddress: '127.0.0.1:0' };
    const file = folder.write('mediamtx.yml', JSON.stringify({ ...servers, paths: { all_others: null }, ...config }));
    const sink = new MemorySink();
    const { logger } = new Logging({ level: 'debug', sinks: [sink] });
    const store = new ConfigStore({ file, environment: {}, log: (level, message) => logger[level](message), changed: () => {} });
    const wire = new InProcessWire();
    const bus = new MemoryBus();
    closers.push(() => bus.close());
    const platformOf = (service: string) => createPlatform({ identity: InstanceIdentity.read(service, {}), wire, logger });
    const apiPlatform = platformOf('api');
    const api = await openServiceApp(ApiModule.register({ bus }), apiPlatform);
    closers.push(() => api.close());
    const control = api.get(ControlService);
    control.configure(store);
    await apiPlatform.server.setLeading(true);
    const openGateway = async (): Promise<OpenGateway> => {
      const app = await openServiceApp(HlsModule.register({ bus, environment: {} }), platformOf('hls'));
      closers.push(() => app.close());
      return { service: app.get<HlsService>(GATEWAY_PROTOCOL), gateway: app.get(Gateway) };
    };
    const first = await openGateway();
    control.lead(Math.floor(Date.now() / 1000));
    await first.service.start(new AbortController().signal);
    return new TestServer(first, { client: apiPlatform.client, sink, closers, openGateway });
  }

  private constructor(
    first: OpenGateway,
    parts: {
      readonly client: ControlClient;
      readonly sink: MemorySink;
      readonly closers: (() => unknown)[];
      openGateway(): Promise<OpenGateway>;
    },
  ) {
    this.service = first.service;
    this.gateway = first.gateway;
    this.client = parts.client;
    this.sink = parts.sink;
    this.closers = parts.closers;
    this.openGateway = parts.openGateway;
  }

  /** Another gateway of the same installation. */
  async replica(): Promise<HlsService> {
    const { service } = await this.openGateway();
    await service.start(new AbortController().signal);
    return service;
  }

  get log(): readonly string[] {
    return this.sink.text.split('\n');
  }

  /** Publishes as many seconds of silence at once; more come with the result's `write`. */
  async publish(
    path: string,
    seconds: number,
    tracks: readonly Track[] = TRACKS.opus,
  ): Promise<{ write(seconds: number): void; close(): Promise<void> }> {
    const publisher = await StreamPublisher.open(this.gateway, {
      path,
      sessionId: this.gateway.newId(),
      sourceType: 'rtspSession',
      query: '',
      user: '',
      tracks,
      onLost: () => {},
    });
    let ticks = 0;
    const write = (more: number): void => {
      for (const end = ticks + more * 48_000; ticks < end; ticks += PACKET_TICKS) {
        publisher.ingest.write({ trackId: 1, ptsTicks: ticks, dtsTicks: ticks, key: true, payload: [PACKET] }, Date.now() * 1000);
      }
    };
    write(seconds);
    return { write, close: () => publisher.close('over') };
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.service.url! + path, { redirect: 'manual', signal: AbortSignal.timeout(10_000), ...init });
  }

  async close(): Promise<void> {
    for (const close of this.closers.reverse()) await close();
  }
}
