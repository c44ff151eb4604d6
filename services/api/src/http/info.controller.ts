import { rfc3339 } from '@mediamesh/http';
import { Controller, Get, Inject } from '@nestjs/common';
import type { z } from 'zod';
import { ControlApi } from './control-api.ts';
import type { infoSchema } from './openapi/answer-schemas.ts';

@Controller('v3/info')
export class InfoController {
  constructor(@Inject(ControlApi) private readonly api: ControlApi) {}

  @Get()
  info(): Readonly<z.output<typeof infoSchema>> {
    const { version, startedAtMs } = this.api.identity;
    return { version: `v${version}`, started: rfc3339(startedAtMs) };
  }
}
