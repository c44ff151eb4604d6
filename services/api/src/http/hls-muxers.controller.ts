import type { ServerResponse } from 'node:http';
import { rfc3339 } from '@mediamesh/http';
import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import type { z } from 'zod';
import { ApiError, UnknownRouteError } from './api-error.ts';
import { ControlApi } from './control-api.ts';
import { Gateways } from './gateways.ts';
import type { SessionRow } from './gateways.ts';
import type { hlsMuxerSchema } from './openapi/answer-schemas.ts';
import { paginate, parsePage } from './paginate.ts';
import type { List, PageQuery } from './paginate.ts';
import { requireName } from './parameters.ts';

type HlsMuxer = Readonly<z.output<typeof hlsMuxerSchema>>;

/** What instances make of a path is one muxer here: sums, the earliest creation, the latest request. */
@Controller('v3/hlsmuxers')
export class HlsMuxersController {
  constructor(
    @Inject(ControlApi) private readonly api: ControlApi,
    @Inject(Gateways) private readonly gateways: Gateways,
  ) {}

  @Get('list')
  async list(@Query() query: PageQuery, @Res({ passthrough: true }) response: ServerResponse): Promise<List<HlsMuxer>> {
    this.requireServer();
    const page = parsePage(query);
    return paginate(await this.muxers(response), page);
  }

  @Get('get/*name')
  async get(@Param('name') name: string, @Res({ passthrough: true }) response: ServerResponse): Promise<HlsMuxer> {
    this.requireServer();
    requireName(name);
    const muxer = (await this.muxers(response)).find(({ path }) => path === name);
    if (muxer === undefined) throw new ApiError(404, 'muxer not found');
    return muxer;
  }

  private async muxers(response: ServerResponse): Promise<HlsMuxer[]> {
    const rows = await this.gateways.sessions('hlsMuxer', response);
    const byPath = Map.groupBy(rows, (row) => String(row['path']));
    const created = ([first]: readonly SessionRow[]): number => Date.parse(first!.created);
    const groups = [...byPath.values()].map((group) => group.toSorted((a, b) => Date.parse(a.created) - Date.parse(b.created)));
    return groups.sort((a, b) => created(a) - created(b)).map(merged);
  }

  private requireServer(): void {
    if (!this.api.control.config.hls) throw new UnknownRouteError();
  }
}

/** `rows`: of one path, the earliest first. */
function merged(rows: readonly SessionRow[]): HlsMuxer {
  const sum = (key: string): number => rows.reduce((total, row) => total + Number(row[key]), 0);
  const lastRequestMs = Math.max(...rows.map((row) => Date.parse(String(row['lastRequest']))));
  return {
    path: String(rows[0]!['path']),
    created: rfc3339(Date.parse(rows[0]!.created)),
    lastRequest: rfc3339(lastRequestMs),
    outboundBytes: sum('outboundBytes'),
    outboundFramesDiscarded: sum('outboundFramesDiscarded'),
    bytesSent: sum('bytesSent'),
  };
}
