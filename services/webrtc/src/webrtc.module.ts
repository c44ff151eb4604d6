import { gatewayModule } from '@mediamesh/gateway';
import type { GatewayModuleOptions } from '@mediamesh/gateway';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { WebRtcController } from './webrtc-controller.ts';
import { WebRtcService } from './webrtc-service.ts';

@Module({})
export class WebRtcModule {
  static register(options: GatewayModuleOptions): DynamicModule {
    return gatewayModule({ module: WebRtcModule, controllers: [WebRtcController], service: (parts) => new WebRtcService(parts) }, options);
  }
}
