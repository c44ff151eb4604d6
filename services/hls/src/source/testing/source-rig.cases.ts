import { MemoryBus } from '@mediamesh/bus';
import type { BusUnit, EpochState } from '@mediamesh/media';
import { GATEWAY_PROTOCOL, Gateway, GatewayController, SLATES, Sources } from '@mediamesh/gateway';
import type { GatewayProtocol } from '@mediamesh/gateway';
import { createTimerWheel, driveTimerWheel } from '@mediamesh/net';
import {
  ControlClient,
  InProcessWire,
  InstanceIdentity,
  Logger,
  Logging,
  MemorySink,
  createPlatform,
  openServiceApp,
} from '@mediamesh/platform';
import { ApiModule, ConfigStore, ControlService } from '@mediamesh/service-api';
import { TemporaryFolder, waitFor } from '@mediamesh/testkit';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { HlsSource } from '../hls-source.ts';
import type { SourceSettings } from '../hls-source.ts';

const DEADLINE_MS = 15_000;

/** Keeps what is published. */
export class RecordingBus extends MemoryBus {
  readonly units: BusUnit[] = [];
  readonly states: EpochState[] = [];

  override async publish(...args: Parameters<MemoryBus['publish']>): ReturnType<MemoryBus['publish']> {
    const publication = await super.publish(...args);
    this.states.push(args[0]);
    const write = publication.write.bind(publication);
    publication.write = (unit) => {
      this.units.push(unit);
      write(unit);
    };
    return publication;
  }

  unitsOf(trackId: number): readonly BusUnit[] {
    return this.units.filter((unit) => unit.trackId === trackId);
  }
}

/** A gateway that does nothing but pull. */
class SourcesOnly implements GatewayProtocol {
  readonly sources: Sources<SourceSettings>;

  constructor(gateway: Gateway, logger: Logger, timers: ReturnType<typeof createTimerWheel>) {
    this.sources = new Sources<SourceSettings>({
      gateway,
      logger,
      component: 'HLS source',
      open: (order, settings, log) => new HlsSource(order, { gateway, timers, settings, logger: log }),
    });
  }

  async available(): Promise<void> {}

  unavailable(): void {}

  startSource(order: Parameters<GatewayProtocol['startSource']>[0]): void {
    this.sources.start(order);
  }

  stopSource(sourceId: string, reason: string): void {
    this.sources.stop(sourceId, reason);
  }

  async reconfigure(): Promise<void> {}
}

class SourcesModule {
  static register(bus: MemoryBus, timers: ReturnType<typeof createTimerWheel>): DynamicModule {
    const segmentDurations = { segmentDurationMs: 1_000, partDurationMs: 200, segmentCount: 7 };
    return {
      module: SourcesModule,
      controllers: [GatewayController],
      providers: [
        SLATES,
        {
          provide: Gateway,
          inject: [InstanceIdentity, ControlClient],
          useFactory: (identity: InstanceIdentity, client: ControlClient) =>
            new Gateway({ service: identity.service, instance: identity.id, client, bus, segmentDurations, log: () => {} }),
        },
        {
          provide: GATEWAY_PROTOCOL,
          inject: [Gateway, Logger],
          useFactory: (gateway: Gateway, logger: Logger) => new SourcesOnly(gateway, logger, timers),
        },
      ],
    };
  }
}

Module({})(SourcesModule);

/** HLS sources and the control service in this process, over memory. Path `x` pulls. */
export class SourceRig {
  readonly bus: RecordingBus;
  readonly sources: Sources<SourceSettings>;
  private readonly sink: MemorySink;
  private readonly closers: (() => unknown)[];

  static async open(source: string, keys: Readonly<Record<string, unknown>> = {}, readTimeoutMs = 1_000): Promise<SourceRig> {
    const closers: (() => unknown)[] = [];
    const folder = new TemporaryFolder();
    closers.push(() => folder.close());
    const file = folder.write('mediamtx.yml', JSON.stringify({ paths: { x: { source, ...keys } } }));
    const sink = new MemorySink();
    const { logger } = new Logging({ level: 'debug', sinks: [sink] });
    const store = new ConfigStore({ file, environment: {}, log: (level, message) => logger[level](message), changed: () => {} });
    const wire = new InProcessWire();
    const bus = new RecordingBus();
    closers.push(() => bus.close());
    const apiPlatform = createPlatform({ identity: InstanceIdentity.read('api', {}), wire, logger });
    const api = await openServiceApp(ApiModule.register({ bus }), apiPlatform);
    closers.push(() => api.close());
    const control = api.get(ControlService);
    control.configure(store);
    await apiPlatform.server.setLeading(true);
    const timers = createTimerWheel();
    closers.push(driveTimerWheel(timers));
    const platform = createPlatform({ identity: InstanceIdentity.read('hls', {}), wire, logger });
    const app = await openServiceApp(SourcesModule.register(bus, timers), platform);
    closers.push(() => app.close());
    const { sources } = app.get<SourcesOnly>(GATEWAY_PROTOCOL);
    closers.push(() => sources.close('terminated'));
    sources.configure({ readTimeoutMs, dumpPackets: false });
    control.lead(Math.floor(Date.now() / 1000));
    app.get(Gateway).start();
    closers.push(() => app.get(Gateway).stop());
    return new SourceRig(bus, sources, sink, closers);
  }

  private constructor(bus: RecordingBus, sources: Sources<SourceSettings>, sink: MemorySink, closers: (() => unknown)[]) {
    this.bus = bus;
    this.sources = sources;
    this.sink = sink;
    this.closers = closers;
  }

  get log(): string {
    return this.sink.text;
  }

  async logged(text: string | RegExp): Promise<void> {
    const isThere = (): boolean => (typeof text === 'string' ? this.log.includes(text) : text.test(this.log));
    await waitFor(isThere, { deadlineMs: DEADLINE_MS, what: `the log line ${String(text)}` }).catch((error: unknown) => {
      throw new Error(`${String(text)} did not come, but:\n${this.log}`, { cause: error });
    });
  }

  async close(): Promise<void> {
    for (let close = this.closers.pop(); close !== undefined; close = this.closers.pop()) await close();
  }
}
