import type { ServerResponse } from 'node:http';
import type { PathCounters } from '@mediamesh/contracts';
import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import type { PathState } from '../control/paths/path-state.ts';
import { ApiError } from './api-error.ts';
import { ControlApi } from './control-api.ts';
import { Gateways } from './gateways.ts';
import { requireName } from './parameters.ts';
import { paginate, parsePage } from './paginate.ts';
import type { List, PageQuery } from './paginate.ts';
import { pathObjectOf } from './path-object-of.ts';
import type { PathObject } from './path-object.ts';

@Controller('v3/paths')
export class PathsController {
  constructor(
    @Inject(ControlApi) private readonly api: ControlApi,
    @Inject(Gateways) private readonly gateways: Gateways,
  ) {}

  @Get('list')
  async list(@Query() query: PageQuery, @Res({ passthrough: true }) response: ServerResponse): Promise<List<PathObject>> {
    const page = parsePage(query);
    const counters = await this.gateways.pathCounters(response);
    const states = [...this.api.control.paths.states()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, ...counts } = paginate(states, page);
    return { ...counts, items: items.map((state) => this.objectOf(state, counters)) };
  }

  @Get('get/*name')
  async get(@Param('name') name: string, @Res({ passthrough: true }) response: ServerResponse): Promise<PathObject> {
    requireName(name);
    if (this.api.control.paths.state(name) === undefined) throw pathNotFound();
    const counters = await this.gateways.pathCounters(response);
    const state = this.api.control.paths.state(name);
    if (state === undefined) throw pathNotFound();
    return this.objectOf(state, counters);
  }

  private objectOf(state: PathState, counters: ReadonlyMap<string, readonly PathCounters[]>): PathObject {
    const { control } = this.api;
    return pathObjectOf(state, counters.get(state.name) ?? [], { control, wallMs: (clockMs) => this.api.wallMs(clockMs) });
  }
}

function pathNotFound(): ApiError {
  return new ApiError(404, 'path not found');
}
