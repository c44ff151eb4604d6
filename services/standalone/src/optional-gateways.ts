import type { MediaBus } from '@mediamesh/bus';
import { GLOBAL_KEYS, PATH_KEYS } from '@mediamesh/config';
import type { Config } from '@mediamesh/config';
import { GATEWAY_PROTOCOL } from '@mediamesh/gateway';
import { openServiceApp } from '@mediamesh/platform';
import type { Logger, ServiceRun } from '@mediamesh/platform';
import type { Topology } from '@mediamesh/topology';
import type { DynamicModule } from '@nestjs/common';

interface OptionalGateway {
  readonly name: string;
  readonly service: string;
  isWanted(config: Config): boolean;
  module(options: { readonly bus: MediaBus; readonly environment: Readonly<Record<string, string>> }): Promise<DynamicModule>;
}

const GATEWAYS: readonly OptionalGateway[] = [
  {
    name: 'hook runner',
    service: 'hooks',
    isWanted: (config) => [config, config.pathDefaults, ...config.paths.values()].some(hasCommand),
    module: async (options) => (await import('@mediamesh/service-hooks')).HooksModule.register(options),
  },
  {
    name: 'RTMP',
    service: 'rtmp',
    isWanted: ({ rtmp, pathDefaults, paths }) =>
      rtmp || [pathDefaults, ...paths.values()].some(({ source, forward }) => [source, ...forward.map(({ dest }) => dest)].some(isRtmp)),
    module: async (options) => (await import('@mediamesh/service-rtmp')).RtmpModule.register(options),
  },
  {
    name: 'WebRTC',
    service: 'webrtc',
    isWanted: ({ webrtc }) => webrtc,
    module: async (options) => (await import('@mediamesh/service-webrtc')).WebRtcModule.register(options),
  },
];

function isRtmp(url: string): boolean {
  return /^rtmps?:/i.test(url);
}

const COMMAND_KEYS = Object.keys({ ...GLOBAL_KEYS, ...PATH_KEYS }).filter((name) => name.startsWith('runOn'));

function hasCommand(keys: object): boolean {
  return COMMAND_KEYS.some((name) => {
    const value = (keys as Readonly<Record<string, unknown>>)[name];
    return typeof value === 'string' && value !== '';
  });
}

/** Gateways that are loaded when the configuration wants them for the first time, and stay. */
export class OptionalGateways {
  private readonly run: ServiceRun;
  private readonly topology: Topology;
  private readonly opened = new Set<OptionalGateway>();

  constructor(run: ServiceRun, topology: Topology) {
    this.run = run;
    this.topology = topology;
  }

  /** Errors: as the gateways' own starts. */
  async open(config: Config): Promise<void> {
    for (const gateway of this.unopened(config)) await this.openOne(gateway);
  }

  /** With a changed configuration: one that does not start is logged, and the others are not concerned. */
  reconfigured(config: Config, logger: Logger): void {
    for (const gateway of this.unopened(config)) {
      this.openOne(gateway).catch((error: unknown) => logger.error(`${gateway.name} is off`, error));
    }
  }

  private unopened(config: Config): readonly OptionalGateway[] {
    return GATEWAYS.filter((gateway) => !this.opened.has(gateway) && gateway.isWanted(config));
  }

  private async openOne(gateway: OptionalGateway): Promise<void> {
    const { run, topology } = this;
    this.opened.add(gateway);
    const app = await openServiceApp(await gateway.module({ bus: topology.bus, environment: {} }), topology.platformOf(gateway.service));
    run.onClose(gateway.name, () => app.close());
    await app.get<{ start(signal: AbortSignal): Promise<void> }>(GATEWAY_PROTOCOL).start(run.signal);
  }
}
