import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryBus } from '@mediamesh/bus';
import { diffConfig } from '@mediamesh/config';
import { gatewayAnnounce, pathAvailable, pathUnavailable, sessionSuperseded } from '@mediamesh/contracts';
import type { AccessRequest } from '@mediamesh/contracts';
import { ControlPlane, GATEWAY_PROTOCOL, Gateway, GatewayController, SLATES } from '@mediamesh/gateway';
import type { GatewayProtocol } from '@mediamesh/gateway';
import { InProcessWire, InstanceIdentity, Logging, MemorySink, createPlatform, openServiceApp } from '@mediamesh/platform';
import type { Platform } from '@mediamesh/platform';
import { ConfigStore } from './config-store.ts';
import { ControlController } from './control-controller.ts';
import { ControlService } from './control-service.ts';
import { TEST_FORWARDER, TestForwarderController } from './testing/test-forwarder.ts';
import type { TestForwarder } from './testing/test-forwarder.ts';
import { TEST_RUNNER, TestRunnerController } from './testing/test-runner.ts';
import type { TestRunner } from './testing/test-runner.ts';
import type { Clock } from './paths/path-directory.ts';

const TURNS = 1_000;

/** Moves by hand; what is due runs in the order of its time. */
export class TestClock implements Clock {
  private atMs = 0;
  private timers: { readonly dueMs: number; readonly callback: () => void }[] = [];

  nowMs(): number {
    return this.atMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueMs: this.atMs + delayMs, callback };
    this.timers.push(timer);
    return () => void (this.timers = this.timers.filter((other) => other !== timer));
  }

  advance(ms: number): void {
    const endMs = this.atMs + ms;
    for (;;) {
      const due = this.timers.filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0];
      if (due === undefined) break;
      this.timers = this.timers.filter((other) => other !== due);
      this.atMs = due.dueMs;
      due.callback();
    }
    this.atMs = endMs;
  }
}

class ControlModule {}
class GatewayModule {}
class RunnerModule {}
class ForwarderModule {}

/** Messages of the in-process wire take turns of the event loop, not time. */
export async function turnsUntil(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) {
    if (condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`not within ${TURNS} turns of the event loop`);
}

export function access(path: string, more: Partial<AccessRequest> = {}): AccessRequest {
  return {
    action: 'read',
    path,
    query: '',
    protocol: 'rtsp',
    id: null,
    ip: '127.0.0.1',
    userAgent: '',
    credentials: { user: '', pass: '', token: '' },
    canAsk: false,
    digest: false,
    authorized: false,
    ...more,
  };
}

/** The control service over the in-process wire, on a clock that the test moves, with gateways beside it. */
export class ControlRig {
  readonly clock = new TestClock();
  readonly control: ControlService;
  readonly bus = new MemoryBus();
  /** What everyone is told: `unavailable cam 5: EOF`. */
  readonly events: string[] = [];
  /** What gateways are ordered. */
  readonly orders: string[] = [];
  private readonly wire = new InProcessWire();
  private readonly sink = new MemorySink();
  private readonly logging = new Logging({ level: 'debug', sinks: [this.sink] });
  private readonly folder = mkdtempSync(join(tmpdir(), 'control-'));
  private readonly ends: (() => unknown)[] = [];
  private files = 0;

  static async open(config: object): Promise<ControlRig> {
    const rig = new ControlRig();
    const platform = rig.platform('api', 'test');
    const module = {
      module: ControlModule,
      controllers: [ControlController],
      providers: [{ provide: ControlService, useValue: rig.control }],
    };
    const app = await openServiceApp(module, platform);
    rig.ends.push(
      () => app.close(),
      () => rig.control.stepDown('terminated'),
    );
    rig.control.configure(rig.store(config));
    await platform.server.setLeading(true);
    return rig;
  }

  private constructor() {
    const { clock, bus } = this;
    const { client } = this.platform('api', 'own');
    this.control = new ControlService({ clock, client, bus, logger: this.logging.logger, discoveryMs: 0 });
    const decode = <T>(bytes: Uint8Array): T => JSON.parse(new TextDecoder().decode(bytes)) as T;
    const on = <T>(name: string, tell: (event: T) => string): void =>
      void this.wire.subscribe(name, undefined, (bytes) => this.events.push(tell(decode<T>(bytes))));
    on<{ path: string; epoch: number }>(pathAvailable.name, ({ path }) => `available ${path}`);
    on<{ path: string; reason: string }>(pathUnavailable.name, ({ path, reason }) => `unavailable ${path}: ${reason}`);
    on<{ sessionId: string; reason: string }>(sessionSuperseded.name, ({ sessionId, reason }) => `superseded ${sessionId}: ${reason}`);
  }

  /** Lines of the log without their times. */
  get log(): readonly string[] {
    return this.sink.entries.map(({ level, message }) => `${level} ${message}`);
  }

  /** Messages on their way arrive. */
  async settled(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  lines(part: string): readonly string[] {
    return this.log.filter((line) => line.includes(part));
  }

  reconfigure(config: object): void {
    const before = this.control.config;
    this.control.configure(this.store(config));
    this.control.reconfigured(diffConfig(before, this.control.config), before);
  }

  /** Only its requests. */
  plane(name: string): ControlPlane {
    const { client, identity } = this.platform('rtsp', name);
    return new ControlPlane(client, identity.id);
  }

  announce(name: string, more: { service?: string; term?: number; startedMs?: number } = {}): void {
    const { client, identity } = this.platform(more.service ?? 'rtsp', name);
    const counts = { configRevision: 0, sessionsRevision: 0, publishers: 0, readers: 0, draining: false };
    client.emit(gatewayAnnounce, { instance: identity.id, service: 'rtsp', term: 0, startedMs: 1, ...counts, ...more });
  }

  /** One that answers, and takes sources. */
  async gateway(name: string): Promise<Gateway> {
    const platform = this.platform('rtsp', name);
    const { identity, client } = platform;
    const segmentDurations = { segmentDurationMs: 1_000, partDurationMs: 200, segmentCount: 7 };
    const gateway = new Gateway({ service: 'rtsp', instance: identity.id, client, bus: this.bus, segmentDurations, log: () => {} });
    const protocol: GatewayProtocol = {
      available: async () => {},
      unavailable: () => {},
      startSource: ({ path, sourceId, sourceType, url, silenceTimeoutMs }) => {
        gateway.silenceTimeouts.begin(sourceId, silenceTimeoutMs);
        this.orders.push(`start ${path} ${sourceType} ${url}`);
      },
      stopSource: (_, reason) => this.orders.push(`stop ${reason}`),
      reconfigure: async () => {},
    };
    const providers = [{ provide: Gateway, useValue: gateway }, { provide: GATEWAY_PROTOCOL, useValue: protocol }, SLATES];
    const app = await openServiceApp({ module: GatewayModule, controllers: [GatewayController], providers }, platform);
    this.ends.push(() => app.close());
    this.announce(name);
    return gateway;
  }

  /** A hook runner; it is heard with `announce(name, { service: 'hooks' })`. */
  async runner(name: string): Promise<TestRunner> {
    const platform = this.platform('hooks', name);
    const runner: TestRunner = {
      instance: platform.identity.id,
      running: new Map(),
      told: [],
      plane: new ControlPlane(platform.client, platform.identity.id),
    };
    const providers = [{ provide: TEST_RUNNER, useValue: runner }];
    const app = await openServiceApp({ module: RunnerModule, controllers: [TestRunnerController], providers }, platform);
    this.ends.push(() => app.close());
    return runner;
  }

  /** A gateway that takes forwards of RTMP; it is heard with `announce(name, { service: 'rtmp' })`. */
  async forwarder(name: string): Promise<TestForwarder> {
    const platform = this.platform('rtmp', name);
    const plane = new ControlPlane(platform.client, platform.identity.id);
    const forwarder: TestForwarder = { instance: platform.identity.id, running: new Map(), plane };
    const providers = [{ provide: TEST_FORWARDER, useValue: forwarder }];
    const app = await openServiceApp({ module: ForwarderModule, controllers: [TestForwarderController], providers }, platform);
    this.ends.push(() => app.close());
    return forwarder;
  }

  async close(): Promise<void> {
    for (const end of this.ends.splice(0).reverse()) await end();
    await this.bus.close();
    await this.wire.close();
    rmSync(this.folder, { recursive: true });
  }

  private store(config: object): ConfigStore {
    const file = join(this.folder, `${++this.files}.yml`);
    writeFileSync(file, JSON.stringify(config));
    return new ConfigStore({ file, environment: {}, log: () => {}, changed: () => {} });
  }

  private platform(service: string, name: string): Platform {
    return createPlatform({ identity: new InstanceIdentity(service, name, 0), wire: this.wire, logger: this.logging.logger });
  }
}
