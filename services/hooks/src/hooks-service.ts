import type { sourceStart } from '@mediamesh/contracts';
import { FollowedConfig } from '@mediamesh/gateway';
import type { GatewayService, GatewayServiceParts } from '@mediamesh/gateway';
import type { z } from 'zod';
import { HookRunner } from './hook-runner.ts';

/** To control it is a gateway that holds no sessions: it announces itself, and takes orders. */
export class HooksService implements GatewayService {
  readonly runner: HookRunner;
  private readonly parts: GatewayServiceParts;
  private readonly config: FollowedConfig;

  constructor(parts: GatewayServiceParts) {
    this.parts = parts;
    this.runner = new HookRunner(parts.logger);
    this.config = new FollowedConfig({ ...parts, components: [], open: async () => {}, close: () => this.runner.close() });
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.config.start(signal);
    this.parts.gateway.start();
  }

  async stop(): Promise<void> {
    this.parts.gateway.drain();
    await this.config.stop();
    this.parts.gateway.stop();
  }

  reconfigure(): Promise<void> {
    return this.config.reconfigure();
  }

  async available(): Promise<void> {}

  unavailable(): void {}

  startSource({ sourceId, path, sourceType }: z.output<typeof sourceStart.request>): void {
    this.parts.gateway.sourceStopped(sourceId, path, `sources of the type ${sourceType} are not of the hook runner`);
  }

  stopSource(): void {}
}
