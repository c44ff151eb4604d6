import { webRtcSessionEnd, webRtcSessionTrickle } from '@mediamesh/contracts';
import { GATEWAY_PROTOCOL } from '@mediamesh/gateway';
import { HandleRequest } from '@mediamesh/platform';
import { Controller, Inject } from '@nestjs/common';
import type { z } from 'zod';
import { WebRtcService } from './webrtc-service.ts';

/** What WebRTC gateways say to each other. */
@Controller()
export class WebRtcController {
  constructor(@Inject(GATEWAY_PROTOCOL) private readonly service: WebRtcService) {}

  @HandleRequest(webRtcSessionTrickle)
  async trickle({
    secret,
    ufrag,
    password,
    candidates,
  }: z.output<typeof webRtcSessionTrickle.request>): Promise<z.input<typeof webRtcSessionTrickle.reply>> {
    const trickle = ufrag === null ? { candidates } : { ufrag, password, candidates };
    return { restart: (await this.service.sessions.trickleHere(secret, trickle)) ?? null };
  }

  @HandleRequest(webRtcSessionEnd)
  end({ secret }: z.output<typeof webRtcSessionEnd.request>): z.input<typeof webRtcSessionEnd.reply> {
    this.service.sessions.endHere(secret);
    return {};
  }
}
