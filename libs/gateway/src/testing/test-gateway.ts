import { MemoryBus } from '@mediamesh/bus';
import type { MediaBus } from '@mediamesh/bus';
import { InstanceIdentity, Logging, MemorySink, createPlatform, openServiceApp } from '@mediamesh/platform';
import type { ControlWire } from '@mediamesh/platform';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { GATEWAY_PROTOCOL, GatewayController } from '../gateway-controller.ts';
import type { GatewayProtocol } from '../gateway-controller.ts';
import { Gateway } from '../gateway.ts';
import { SLATES } from '../slate/slates.ts';

/** Records what control has a protocol do. */
export class RecordedProtocol implements GatewayProtocol {
  readonly done: string[] = [];

  async available(path: string, epoch: number): Promise<void> {
    this.done.push(`available ${path} ${epoch}`);
  }

  unavailable(path: string, epoch: number, reason: string): void {
    this.done.push(`unavailable ${path} ${epoch}: ${reason}`);
  }

  startSource({ sourceId, path }: Parameters<GatewayProtocol['startSource']>[0]): void {
    this.done.push(`start ${path} ${sourceId}`);
  }

  stopSource(sourceId: string, reason: string): void {
    this.done.push(`stop ${sourceId}: ${reason}`);
  }

  async reconfigure(): Promise<void> {
    this.done.push('reconfigure');
  }
}

@Module({})
class TestGatewayModule {
  static register(gateway: Gateway, protocol: GatewayProtocol): DynamicModule {
    return {
      module: TestGatewayModule,
      controllers: [GatewayController],
      providers: [{ provide: Gateway, useValue: gateway }, { provide: GATEWAY_PROTOCOL, useValue: protocol }, SLATES],
    };
  }
}

/** A gateway whose handlers answer on the wire, and its log. */
export class TestGateway {
  readonly gateway: Gateway;
  readonly protocol: RecordedProtocol;
  readonly bus: MediaBus;
  readonly log: string[];
  private readonly closeApp: () => Promise<void>;

  static async open(wire: ControlWire, bus: MediaBus = new MemoryBus()): Promise<TestGateway> {
    const { logger } = new Logging({ level: 'debug', sinks: [new MemorySink()] });
    const identity = InstanceIdentity.read('rtsp', { MEDIAMESH_INSTANCE: '1' });
    const platform = createPlatform({ identity, wire, logger });
    const log: string[] = [];
    const gateway = new Gateway({
      service: 'rtsp',
      instance: identity.id,
      client: platform.client,
      bus,
      segmentDurations: { segmentDurationMs: 1_000, partDurationMs: 200, segmentCount: 7 },
      log: (level, path, message) => log.push(`${level} [${path}] ${message}`),
    });
    const protocol = new RecordedProtocol();
    const app = await openServiceApp(TestGatewayModule.register(gateway, protocol), platform);
    return new TestGateway({ gateway, protocol, bus, log, closeApp: () => app.close() });
  }

  private constructor(parts: {
    readonly gateway: Gateway;
    readonly protocol: RecordedProtocol;
    readonly bus: MediaBus;
    readonly log: string[];
    readonly closeApp: () => Promise<void>;
  }) {
    this.gateway = parts.gateway;
    this.protocol = parts.protocol;
    this.bus = parts.bus;
    this.log = parts.log;
    this.closeApp = parts.closeApp;
  }

  async close(): Promise<void> {
    this.gateway.stop();
    await this.closeApp();
    await this.bus.close();
  }
}
