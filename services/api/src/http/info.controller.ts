import { rfc3339 } from '@mediamesh/http';
import { Controller, Get, Inject } from '@nestjs/common';
import { ControlApi } from './control-api.ts';

@Controller('v3/info')
export class InfoController {
  constructor(@Inject(ControlApi) private readonly api: ControlApi) {}

  @Get()
  info(): { readonly version: string; readonly started: string } {
    const { version, startedAtMs } = this.api.identity;
    return { version: `v${version}`, started: rfc3339(startedAtMs) };
  }
}
