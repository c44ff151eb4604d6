import { join } from 'node:path';
import { MemoryBus } from '@mediamesh/bus';
import { GATEWAY_PROTOCOL, Gateway } from '@mediamesh/gateway';
import type { SessionRow } from '@mediamesh/gateway';
import { InProcessWire, InstanceIdentity, Logging, MemorySink, createPlatform, openServiceApp } from '@mediamesh/platform';
import { ApiModule, ConfigStore, ControlService } from '@mediamesh/service-api';
import { PortBlock, TemporaryFolder, waitFor } from '@mediamesh/testkit';
import { RtmpModule } from '../rtmp.module.ts';
import type { RtmpService } from '../rtmp-service.ts';

const HOST = '127.0.0.1';
const DEADLINE_MS = 10_000;

export const CERTIFICATE_FILE = join(import.meta.dirname, 'testdata', 'server.crt');
export const KEY_FILE = join(import.meta.dirname, 'testdata', 'server.key');

/** The gateway and its control service in this process, over memory: what `services/standalone` composes, for tests. */
export class TestServer {
  readonly port: number;
  readonly securePort: number;
  readonly bus: MemoryBus;
  readonly gateway: Gateway;
  readonly service: RtmpService;
  /** False: nobody answers what gateways ask, as if the control service were away. */
  readonly setControlPresent: (present: boolean) => Promise<void>;
  private readonly sink: MemorySink;
  private readonly closers: (() => unknown)[];

  /** Keys of `config` as in the file. */
  static async open(config: Readonly<Record<string, unknown>> = {}): Promise<TestServer> {
    const closers: (() => unknown)[] = [];
    try {
      const block = await PortBlock.reserve();
      closers.push(() => block.close());
      const [port, securePort] = [await block.take(), await block.take()];
      const folder = new TemporaryFolder();
      closers.push(() => folder.close());
      const file = folder.write('mediamtx.yml', JSON.stringify({ ...addresses(port, securePort), ...config }));
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

      const rtmp = await openServiceApp(RtmpModule.register({ bus, environment: {} }), platformOf('rtmp'));
      closers.push(() => rtmp.close());
      control.lead(Math.floor(Date.now() / 1000)); // its static sources have a gateway now
      const service = rtmp.get<RtmpService>(GATEWAY_PROTOCOL);
      await service.start(new AbortController().signal);
      const setControlPresent = (present: boolean) => apiPlatform.server.setLeading(present);
      return new TestServer({ port, securePort, bus, gateway: rtmp.get(Gateway), service, sink, setControlPresent, closers });
    } catch (error) {
      for (const close of closers.reverse()) await close();
      throw error;
    }
  }

  private constructor(parts: {
    readonly port: number;
    readonly securePort: number;
    readonly bus: MemoryBus;
    readonly gateway: Gateway;
    readonly service: RtmpService;
    readonly sink: MemorySink;
    readonly setControlPresent: (present: boolean) => Promise<void>;
    readonly closers: (() => unknown)[];
  }) {
    this.port = parts.port;
    this.securePort = parts.securePort;
    this.bus = parts.bus;
    this.gateway = parts.gateway;
    this.service = parts.service;
    this.sink = parts.sink;
    this.setControlPresent = parts.setControlPresent;
    this.closers = parts.closers;
  }

  url(path: string): string {
    return `rtmp://${HOST}:${this.port}/${path}`;
  }

  secureUrl(path: string): string {
    return `rtmps://${HOST}:${this.securePort}/${path}`;
  }

  get log(): string {
    return this.sink.text;
  }

  rows(kind: 'rtmpConn' | 'rtmpsConn' = 'rtmpConn'): readonly (SessionRow & Readonly<Record<string, unknown>>)[] {
    return this.gateway.sessions.list(new Set([kind]), 0, 10_000).map((session) => session.row());
  }

  /** A line that holds `text`, after the first `from` characters of the log. Returns where the log stood when it was there. */
  async logged(text: string | RegExp, from = 0): Promise<number> {
    const what = `the log line ${String(text)}`;
    return waitFor(
      () => {
        const late = this.log.substring(from);
        return (typeof text === 'string' ? late.includes(text) : text.test(late)) && this.log.length;
      },
      { deadlineMs: DEADLINE_MS, what },
    ).catch((error: unknown) => {
      throw new Error(`${what} did not come, but:\n${this.log}`, { cause: error });
    });
  }

  /** Idempotent. */
  async close(): Promise<void> {
    for (let close = this.closers.pop(); close !== undefined; close = this.closers.pop()) await close();
  }
}

function addresses(port: number, securePort: number): Record<string, unknown> {
  return {
    rtmpAddress: `${HOST}:${port}`,
    rtmpsAddress: `${HOST}:${securePort}`,
    rtmpServerCert: CERTIFICATE_FILE,
    rtmpServerKey: KEY_FILE,
    paths: { all_others: null },
  };
}
