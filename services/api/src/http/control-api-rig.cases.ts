import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryBus } from '@mediamesh/bus';
import { GATEWAY_PROTOCOL, Gateway, GatewayController, SLATES, StreamPublisher } from '@mediamesh/gateway';
import type { GatewayProtocol, GatewaySession } from '@mediamesh/gateway';
import type { Track } from '@mediamesh/media';
import { ControlClient, InProcessWire, InstanceIdentity, Logging, MemorySink, createPlatform, openServiceApp } from '@mediamesh/platform';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { expect } from 'vitest';
import { ApiModule } from '../api.module.ts';
import { ConfigStore } from '../control/config-store.ts';
import { ControlService } from '../control/control-service.ts';
import type { ControlApiOptions } from './control-api.ts';
import { openControlApi } from './open-control-api.ts';
import type { OpenControlApi } from './open-control-api.ts';

const DEADLINE_MS = 10_000;
export const STARTED_AT_MS = Date.UTC(2026, 7, 22, 10, 11, 12, 120);

export const H264_TRACK: Track = { id: 1, kind: 'video', clockRateHz: 90_000, codec: 'H264', parameters: {} };
export const OPUS_TRACK: Track = { id: 2, kind: 'audio', clockRateHz: 48_000, codec: 'Opus', parameters: { channelCount: 2 } };

/** No sources, and no readers that follow a stream. */
const PROTOCOL: GatewayProtocol = {
  available: () => Promise.resolve(),
  unavailable: () => {},
  startSource: () => {},
  stopSource: () => {},
  reconfigure: () => Promise.resolve(),
};

class GatewayModule {}
Module({})(GatewayModule);

interface RigParts {
  readonly sink: MemorySink;
  readonly logging: Logging;
  readonly wire: InProcessWire;
  readonly bus: MemoryBus;
  readonly control: ControlService;
}

/** A control service, gateways and the Control API in this process, on real sockets. */
export class ControlApiRig {
  api!: OpenControlApi;
  /** For the other servers of the control service. */
  options!: ControlApiOptions;
  private readonly ends: (() => unknown)[] = [];
  private readonly parts: RigParts;

  private constructor(parts: RigParts) {
    this.parts = parts;
  }

  get control(): ControlService {
    return this.parts.control;
  }

  static async open(yaml = ''): Promise<ControlApiRig> {
    const folder = mkdtempSync(join(tmpdir(), 'control-api-'));
    const file = join(folder, 'mediamtx.yml');
    writeFileSync(file, `${yaml.includes('apiAddress') ? '' : 'apiAddress: 127.0.0.1:0'}\napi: yes\n${yaml}\n`);
    const sink = new MemorySink();
    const logging = new Logging({ level: 'info', sinks: [sink] });
    const wire = new InProcessWire();
    const bus = new MemoryBus();
    const identity = new InstanceIdentity('api', 'test', STARTED_AT_MS);
    const platform = createPlatform({ identity, wire, logger: logging.logger });
    const app = await openServiceApp(ApiModule.register({ bus }), platform);
    const control = app.get(ControlService);
    const store = new ConfigStore({
      file,
      environment: {},
      log: () => {},
      changed: (diff, before) => control.reconfigured(diff, before),
    });
    await store.begin();
    control.configure(store);
    await platform.server.setLeading(true);
    control.lead(1);
    const rig = new ControlApiRig({ sink, logging, wire, bus, control });
    rig.ends.push(
      () => rmSync(folder, { recursive: true }),
      () => store.close(),
      () => app.close(),
      () => control.stepDown('terminated'),
    );
    try {
      rig.options = { config: control.config, control, client: platform.client, logger: logging.logger, identity };
      rig.api = await openControlApi(rig.options);
    } catch (error) {
      await rig.close();
      throw error;
    }
    rig.ends.push(() => rig.api.close());
    return rig;
  }

  async close(): Promise<void> {
    for (const end of this.ends.splice(0).reverse()) await end();
    this.parts.logging.close();
  }

  /** A gateway that control knows. */
  async gateway(name: string): Promise<Gateway> {
    const identity = new InstanceIdentity('rtsp', name, STARTED_AT_MS);
    const { bus, wire, logging } = this.parts;
    const platform = createPlatform({ identity, wire, logger: logging.logger });
    const module: DynamicModule = {
      module: GatewayModule,
      controllers: [GatewayController],
      providers: [
        SLATES,
        {
          provide: Gateway,
          inject: [ControlClient],
          useFactory: (client: ControlClient) =>
            new Gateway({
              service: 'rtsp',
              instance: identity.id,
              client,
              bus,
              segmentDurations: { segmentDurationMs: 1000, partDurationMs: 200, segmentCount: 7 },
              log: () => {},
            }),
        },
        { provide: GATEWAY_PROTOCOL, useValue: PROTOCOL },
      ],
    };
    const app = await openServiceApp(module, platform);
    const gateway = app.get(Gateway);
    gateway.start();
    this.ends.push(
      () => app.close(),
      () => gateway.stop(),
    );
    await expect.poll(() => this.control.instances.has(identity.id), { timeout: DEADLINE_MS }).toBe(true);
    return gateway;
  }

  /** Resolves when the next request of this name is on its way to the gateways. */
  asked(name: string): Promise<void> {
    return new Promise((resolve) => {
      const subscription = this.parts.wire.subscribe(name, undefined, () => {
        subscription.unsubscribe();
        resolve();
      });
    });
  }

  /** From now on nobody answers control. */
  disconnect(): Promise<void> {
    return this.parts.wire.close();
  }

  async publish(gateway: Gateway, path: string, tracks: readonly Track[] = [H264_TRACK, OPUS_TRACK]): Promise<StreamPublisher> {
    const publisher = await StreamPublisher.open(gateway, {
      path,
      sessionId: gateway.newId(),
      sourceType: 'rtspSession',
      query: '',
      user: '',
      tracks,
      onLost: () => {},
    });
    this.ends.push(() => publisher.close('test is over'));
    return publisher;
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(`${this.api.url}${path}`, init);
  }

  async json(path: string, init?: RequestInit): Promise<unknown> {
    return (await this.fetch(path, init)).json();
  }

  /** Lines of the API, without times. */
  get logged(): readonly string[] {
    return this.loggedBy('API');
  }

  loggedBy(component: string): readonly string[] {
    const prefix = `[${component}] `;
    return this.parts.sink.entries
      .filter(({ message }) => message.startsWith(prefix))
      .map(({ level, message }) => `${level} ${message.slice(prefix.length)}`);
  }
}

/** A session as a protocol's server registers it. */
export function sessionOf(id: string, kind: GatewaySession['kind'], created: string, kicked: string[] = []): GatewaySession {
  return { id, kind, row: () => ({ id, created, remoteAddr: '127.0.0.1:5000' }), kick: (reason) => void kicked.push(`${id}: ${reason}`) };
}
