import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiError, UnknownRouteError } from './api-error.ts';
import { ControlApi } from './control-api.ts';
import { paginate, parsePage } from './paginate.ts';
import type { List, PageQuery } from './paginate.ts';
import { requireName } from './parameters.ts';

/** No gateway holds muxers so far. */
@Controller('v3/hlsmuxers')
export class HlsMuxersController {
  constructor(@Inject(ControlApi) private readonly api: ControlApi) {}

  @Get('list')
  list(@Query() query: PageQuery): List<never> {
    this.requireServer();
    return paginate([], parsePage(query));
  }

  @Get('get/*name')
  get(@Param('name') name: string): never {
    this.requireServer();
    requireName(name);
    throw new ApiError(404, 'muxer not found');
  }

  private requireServer(): void {
    if (!this.api.control.config.hls) throw new UnknownRouteError();
  }
}
