import { gatewayAnnounce, hlsSessionFind } from '@mediamesh/contracts';
import { GATEWAY_PROTOCOL } from '@mediamesh/gateway';
import { HandleEvent, HandleRequest } from '@mediamesh/platform';
import { Controller, Inject } from '@nestjs/common';
import type { z } from 'zod';
import { HlsService } from './hls-service.ts';

/** What HLS gateways say to each other. */
@Controller()
export class HlsController {
  constructor(@Inject(GATEWAY_PROTOCOL) private readonly service: HlsService) {}

  @HandleRequest(hlsSessionFind)
  find({ secret, path, ip }: z.output<typeof hlsSessionFind.request>): z.input<typeof hlsSessionFind.reply> {
    return { session: this.service.findSession(secret, path, ip) ?? null };
  }

  @HandleEvent(gatewayAnnounce)
  heard(announcement: z.output<typeof gatewayAnnounce.payload>): void {
    this.service.finder.heard(announcement);
  }
}
