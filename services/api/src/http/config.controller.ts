import { marshalGlobal, marshalPath } from '@mediamesh/config';
import type { JsonObject } from '@mediamesh/config';
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiError } from './api-error.ts';
import { ControlApi } from './control-api.ts';
import { paginate, parsePage } from './paginate.ts';
import type { List, PageQuery } from './paginate.ts';
import { requireName } from './parameters.ts';

/** The configuration that runs, without its secrets. */
@Controller('v3/config')
export class ConfigController {
  constructor(@Inject(ControlApi) private readonly api: ControlApi) {}

  @Get('global/get')
  global(): JsonObject {
    return marshalGlobal(this.api.control.config);
  }

  @Get('pathdefaults/get')
  pathDefaults(): JsonObject {
    return marshalPath(this.api.control.config.pathDefaults);
  }

  @Get('paths/list')
  paths(@Query() query: PageQuery): List<JsonObject> {
    const page = parsePage(query);
    const paths = [...this.api.control.config.paths.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, ...counts } = paginate(paths, page);
    return { ...counts, items: items.map((path) => marshalPath(path)) };
  }

  @Get('paths/get/*name')
  path(@Param('name') name: string): JsonObject {
    requireName(name);
    const path = this.api.control.config.paths.get(name);
    if (path === undefined) throw new ApiError(404, 'path configuration not found');
    return marshalPath(path);
  }
}
