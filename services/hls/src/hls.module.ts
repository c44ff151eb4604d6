import { gatewayModule } from '@mediamesh/gateway';
import type { GatewayModuleOptions } from '@mediamesh/gateway';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { HlsController } from './hls-controller.ts';
import { HlsService } from './hls-service.ts';

@Module({})
export class HlsModule {
  static register(options: GatewayModuleOptions): DynamicModule {
    return gatewayModule({ module: HlsModule, controllers: [HlsController], service: (parts) => new HlsService(parts) }, options);
  }
}
