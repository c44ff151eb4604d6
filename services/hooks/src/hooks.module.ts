import { gatewayModule } from '@mediamesh/gateway';
import type { GatewayModuleOptions } from '@mediamesh/gateway';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { HooksController } from './hooks-controller.ts';
import { HooksService } from './hooks-service.ts';

@Module({})
export class HooksModule {
  static register(options: GatewayModuleOptions): DynamicModule {
    return gatewayModule({ module: HooksModule, controllers: [HooksController], service: (parts) => new HooksService(parts) }, options);
  }
}
