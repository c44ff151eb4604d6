import { gatewayModule } from '@mediamesh/gateway';
import type { GatewayModuleOptions } from '@mediamesh/gateway';
import type { TimerWheel } from '@mediamesh/net';
import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { WebRtcController } from './webrtc-controller.ts';
import { WebRtcService } from './webrtc-service.ts';

@Module({})
export class WebRtcModule {
  /** `timers`: without, of real time. */
  static register(options: GatewayModuleOptions, timers?: TimerWheel): DynamicModule {
    return gatewayModule(
      { module: WebRtcModule, controllers: [WebRtcController], service: (parts) => new WebRtcService(parts, timers) },
      options,
    );
  }
}
