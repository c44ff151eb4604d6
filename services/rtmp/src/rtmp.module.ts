import { gatewayModule } from '@mediamesh/gateway';
import type { GatewayModuleOptions } from '@mediamesh/gateway';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { RtmpService } from './rtmp-service.ts';

@Module({})
export class RtmpModule {
  static register(options: GatewayModuleOptions): DynamicModule {
    return gatewayModule({ module: RtmpModule, service: (parts) => new RtmpService(parts) }, options);
  }
}
