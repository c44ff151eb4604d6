import type { JsonObject } from '@mediamesh/config';
import { Controller, Get, Inject } from '@nestjs/common';
import { ControlApi } from './control-api.ts';

@Controller('v3/openapi.json')
export class OpenApiController {
  constructor(@Inject(ControlApi) private readonly api: ControlApi) {}

  /** Few ask for it: what makes it is loaded by the first who does. */
  @Get()
  async document(): Promise<JsonObject> {
    const { openApiDocument } = await import('./openapi/document.ts');
    return openApiDocument(this.api.identity.version);
  }
}
