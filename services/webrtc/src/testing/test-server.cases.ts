import { MemoryBus } from '@mediamesh/bus';
import { GATEWAY_PROTOCOL, Gateway, StreamPublisher } from '@mediamesh/gateway';
import type { Track } from '@mediamesh/media';
import type { TimerWheel } from '@mediamesh/net';
import { InProcessWire, InstanceIdentity, Logging, MemorySink, createPlatform, openServiceApp } from '@mediamesh/platform';
import { ApiModule, ConfigStore, ControlService } from '@mediamesh/service-api';
import { PortBlock, TemporaryFolder, waitFor } from '@mediamesh/testkit';
import { WebRtcModule } from '../webrtc.module.ts';
import type { WebRtcService } from '../webrtc-service.ts';

const HOST = '127.0.0.1';
const DEADLINE_MS = 10_000;

/** The gateway and its control service in this process, over memory: what `services/standalone` composes, for tests. */
export class TestServer {
  readonly httpPort: number;
  readonly udpPort: number;
  readonly tcpPort: number;
  readonly gateway: Gateway;
  readonly service: WebRtcService;
  private readonly control: ControlService;
  private readonly sink: MemorySink;
  private readonly closers: (() => unknown)[];

  /** Keys of `config` as in the file; `timers` of the gateway, of real time without. */
  static async open(config: Readonly<Record<string, unknown>> = {}, timers?: TimerWheel): Promise<TestServer> {
    const closers: (() => unknown)[] = [];
    try {
      const block = await PortBlock.reserve();
      closers.push(() => block.close());
      const [httpPort, udpPort, tcpPort] = [await block.take(), await block.take(), await block.take()];
      const folder = new TemporaryFolder();
      closers.push(() => folder.close());
      const addresses = {
        webrtcAddress: `${HOST}:${httpPort}`,
        webrtcLocalUDPAddress: `${HOST}:${udpPort}`,
        webrtcLocalTCPAddress: `${HOST}:${tcpPort}`,
      };
      const file = folder.write('mediamtx.yml', JSON.stringify({ ...addresses, paths: { all_others: null }, ...config }));
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

      const webrtc = await openServiceApp(WebRtcModule.register({ bus, environment: {} }, timers), platformOf('webrtc'));
      closers.push(() => webrtc.close());
      control.lead(Math.floor(Date.now() / 1000));
      const service = webrtc.get<WebRtcService>(GATEWAY_PROTOCOL);
      await service.start(new AbortController().signal);
      return new TestServer({ httpPort, udpPort, tcpPort, gateway: webrtc.get(Gateway), service, control, sink, closers });
    } catch (error) {
      for (const close of closers.reverse()) await close();
      throw error;
    }
  }

  private constructor(parts: {
    readonly httpPort: number;
    readonly udpPort: number;
    readonly tcpPort: number;
    readonly gateway: Gateway;
    readonly service: WebRtcService;
    readonly control: ControlService;
    readonly sink: MemorySink;
    readonly closers: (() => unknown)[];
  }) {
    this.httpPort = parts.httpPort;
    this.udpPort = parts.udpPort;
    this.tcpPort = parts.tcpPort;
    this.gateway = parts.gateway;
    this.service = parts.service;
    this.control = parts.control;
    this.sink = parts.sink;
    this.closers = parts.closers;
  }

  get log(): string {
    return this.sink.text;
  }

  url(path: string): string {
    return `http://${HOST}:${this.httpPort}/${path}`;
  }

  /** As control knows them. */
  readersOf(path: string): number {
    return this.control.paths.state(path)?.readers.size ?? 0;
  }

  /** A stream on the bus, as another gateway would have it there. */
  publish(path: string, tracks: readonly Track[]): Promise<StreamPublisher> {
    const sessionId = this.gateway.newId();
    return StreamPublisher.open(this.gateway, {
      path,
      sessionId,
      sourceType: 'rtspSession',
      query: '',
      user: '',
      tracks,
      onLost: () => {},
    });
  }

  async logged(text: string | RegExp): Promise<void> {
    const what = `the log line ${String(text)}`;
    await waitFor(() => (typeof text === 'string' ? this.log.includes(text) : text.test(this.log)), {
      deadlineMs: DEADLINE_MS,
      what,
    }).catch((error: unknown) => {
      throw new Error(`${what} did not come, but:\n${this.log}`, { cause: error });
    });
  }

  /** Idempotent. */
  async close(): Promise<void> {
    for (let close = this.closers.pop(); close !== undefined; close = this.closers.pop()) await close();
  }
}
