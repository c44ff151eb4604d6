import { join } from 'node:path';
import { MemoryBus } from '@mediamesh/bus';
import { GATEWAY_PROTOCOL, Gateway } from '@mediamesh/gateway';
import { InProcessWire, InstanceIdentity, Logging, MemorySink, createPlatform, openServiceApp } from '@mediamesh/platform';
import { ApiModule, ConfigStore, ControlService } from '@mediamesh/service-api';
import { PortBlock, TemporaryFolder, waitFor } from '@mediamesh/testkit';
import { RtspModule } from '../rtsp.module.ts';
import type { RtspService } from '../rtsp-service.ts';

const HOST = '127.0.0.1';
const DEADLINE_MS = 10_000;

export const CERTIFICATE_FILE = join(import.meta.dirname, 'testdata', 'server.crt');
export const KEY_FILE = join(import.meta.dirname, 'testdata', 'server.key');

export interface TestPorts {
  readonly rtsp: number;
  readonly rtsps: number;
  readonly rtp: number;
  readonly srtp: number;
}

/** The gateway and its control service in this process, over memory: what `services/standalone` composes, for tests. */
export class TestServer {
  readonly ports: TestPorts;
  readonly bus: MemoryBus;
  readonly gateway: Gateway;
  readonly service: RtspService;
  readonly control: ControlService;
  /** False: nobody answers what gateways ask, as if the control service were away. */
  readonly setControlPresent: (present: boolean) => Promise<void>;
  private readonly sink: MemorySink;
  private readonly closers: (() => unknown)[];

  /** `ports`: of a server that was here before. Keys of `config` as in the file. */
  static async open(config: Readonly<Record<string, unknown>>, ports?: TestPorts): Promise<TestServer> {
    const closers: (() => unknown)[] = [];
    try {
      const block = ports === undefined ? await PortBlock.reserve() : undefined;
      if (block !== undefined) closers.push(() => block.close());
      const own = ports ?? {
        rtsp: await block!.take(),
        rtsps: await block!.take(),
        rtp: await block!.takePair(),
        srtp: await block!.takePair(),
      };
      const folder = new TemporaryFolder();
      closers.push(() => folder.close());
      const file = folder.write('mediamtx.yml', JSON.stringify({ ...addresses(own), ...config }));
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

      const rtsp = await openServiceApp(RtspModule.register({ bus, environment: {} }), platformOf('rtsp'));
      closers.push(() => rtsp.close());
      control.lead(Math.floor(Date.now() / 1000)); // its static sources have a gateway now
      const service = rtsp.get<RtspService>(GATEWAY_PROTOCOL);
      await service.start(new AbortController().signal);
      const setLeading = (leading: boolean) => apiPlatform.server.setLeading(leading);
      return new TestServer({ ports: own, bus, gateway: rtsp.get(Gateway), service, control, sink, setLeading, closers });
    } catch (error) {
      for (const close of closers.reverse()) await close();
      throw error;
    }
  }

  private constructor(parts: {
    readonly ports: TestPorts;
    readonly bus: MemoryBus;
    readonly gateway: Gateway;
    readonly service: RtspService;
    readonly control: ControlService;
    readonly sink: MemorySink;
    readonly setLeading: (leading: boolean) => Promise<void>;
    readonly closers: (() => unknown)[];
  }) {
    this.ports = parts.ports;
    this.bus = parts.bus;
    this.gateway = parts.gateway;
    this.service = parts.service;
    this.control = parts.control;
    this.sink = parts.sink;
    this.setControlPresent = parts.setLeading;
    this.closers = parts.closers;
  }

  get log(): string {
    return this.sink.text;
  }

  /** A line that holds `text`, after the first `from` characters of the log. Returns where the log stood when it was there. */
  async logged(text: string | RegExp, from = 0): Promise<number> {
    const what = `the log line ${String(text)}`;
    return waitFor(
      () => {
        const { log } = this;
        const late = log.substring(from);
        return (typeof text === 'string' ? late.includes(text) : text.test(late)) && log.length;
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

function addresses(ports: TestPorts): Record<string, unknown> {
  return {
    rtspAddress: `${HOST}:${ports.rtsp}`,
    rtspsAddress: `${HOST}:${ports.rtsps}`,
    rtpAddress: `${HOST}:${ports.rtp}`,
    rtcpAddress: `${HOST}:${ports.rtp + 1}`,
    srtpAddress: `${HOST}:${ports.srtp}`,
    srtcpAddress: `${HOST}:${ports.srtp + 1}`,
    rtspServerCert: CERTIFICATE_FILE,
    rtspServerKey: KEY_FILE,
    paths: { all_others: null },
  };
}
