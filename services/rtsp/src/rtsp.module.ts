import { gatewayModule } from '@mediamesh/gateway';
import type { GatewayModuleOptions } from '@mediamesh/gateway';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { RtspService } from './rtsp-service.ts';

@Module({})
export class RtspModule {
  static register(options: GatewayModuleOptions): DynamicModule {
    return gatewayModule({ module: RtspModule, service: (parts) => new RtspService(parts) }, options);
  }
}
