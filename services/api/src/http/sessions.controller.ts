import type { ServerResponse } from 'node:http';
import { rfc3339 } from '@mediamesh/http';
import { Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiError, UnknownRouteError } from './api-error.ts';
import { ControlApi } from './control-api.ts';
import { Gateways, byCreation } from './gateways.ts';
import type { SessionRow } from './gateways.ts';
import { paginate, parsePage } from './paginate.ts';
import type { List, PageQuery } from './paginate.ts';
import { parseUuid } from './parameters.ts';
import { SESSION_LISTS } from './session-lists.ts';
import type { SessionList } from './session-lists.ts';

/** Connections and sessions of every protocol. */
@Controller('v3/:list')
export class SessionsController {
  constructor(
    @Inject(ControlApi) private readonly api: ControlApi,
    @Inject(Gateways) private readonly gateways: Gateways,
  ) {}

  @Get('list')
  async list(
    @Param('list') list: string,
    @Query() query: PageQuery,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<List<SessionRow>> {
    const { kind } = this.served(list);
    const page = parsePage(query);
    const rows = kind === undefined ? [] : await this.gateways.sessions(kind, response);
    const { items, ...counts } = paginate([...rows].sort(byCreation), page);
    return { ...counts, items: items.map(inLocalTime) };
  }

  @Get('get/:id')
  async get(
    @Param('list') list: string,
    @Param('id') idText: string,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<SessionRow> {
    const { kind, notFound } = this.served(list);
    const id = parseUuid(idText);
    const rows = kind === undefined ? [] : await this.gateways.sessions(kind, response);
    const row = rows.find((candidate) => candidate.id === id);
    if (row === undefined) throw new ApiError(404, notFound);
    return inLocalTime(row);
  }

  @Post('kick/:id')
  @HttpCode(200)
  async kick(
    @Param('list') list: string,
    @Param('id') idText: string,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<{ readonly status: 'ok' }> {
    const { kind, notFound, canKick } = this.served(list);
    if (!canKick) throw new UnknownRouteError();
    const id = parseUuid(idText);
    if (kind === undefined || !(await this.gateways.kick(kind, id, response))) throw new ApiError(404, notFound);
    return { status: 'ok' };
  }

  private served(name: string): SessionList {
    const list = SESSION_LISTS.get(name);
    if (list === undefined || !list.isServed(this.api.control.config)) throw new UnknownRouteError();
    return list;
  }
}

/** Gateways write times in their own zone. */
function inLocalTime(row: SessionRow): SessionRow {
  const createdMs = Date.parse(row.created);
  return Number.isNaN(createdMs) ? row : { ...row, created: rfc3339(createdMs) };
}
