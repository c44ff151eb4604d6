import type { ServerResponse } from 'node:http';
import type { ForwardDest } from '@mediamesh/config';
import type { ForwardStatus } from '@mediamesh/contracts';
import { rfc3339 } from '@mediamesh/http';
import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import { forwardProtocol } from '../control/forwards/forward-director.ts';
import type { Forward } from '../control/forwards/forward-director.ts';
import { ApiError } from './api-error.ts';
import { ControlApi } from './control-api.ts';
import { Gateways } from './gateways.ts';
import { paginate, parsePage } from './paginate.ts';
import type { List, PageQuery } from './paginate.ts';
import { parseUuid } from './parameters.ts';

/** Contract 2.3, ForwardDest. */
interface ForwardObject {
  readonly id: string;
  readonly pos: number;
  readonly created: string;
  readonly conf: ForwardDest;
  readonly protocol: string;
  readonly state: ForwardStatus['state'];
  readonly lastError: string;
  readonly outboundBytes: number;
}

/** Destinations that a path is pushed to. */
@Controller('v3/paths/forward')
export class ForwardsController {
  constructor(
    @Inject(ControlApi) private readonly api: ControlApi,
    @Inject(Gateways) private readonly gateways: Gateways,
  ) {}

  @Get('list')
  async list(
    @Query('path') path: string | undefined,
    @Query() query: PageQuery,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<List<ForwardObject>> {
    const forwards = this.forwardsOf(path);
    const { items, ...counts } = paginate(forwards, parsePage(query));
    const statuses = await this.gateways.forwards(items, response);
    return { ...counts, items: items.map((forward) => this.objectOf(forward, statuses)) };
  }

  @Get('get')
  async get(
    @Query('path') path: string | undefined,
    @Query('id') id: string | undefined,
    @Res({ passthrough: true }) response: ServerResponse,
  ): Promise<ForwardObject> {
    const wanted = parseUuid(id ?? '');
    const forward = this.forwardsOf(path).find((candidate) => candidate.id === wanted);
    if (forward === undefined) throw new ApiError(404, 'forward destination not found');
    return this.objectOf(forward, await this.gateways.forwards([forward], response));
  }

  private forwardsOf(path: string | undefined): readonly Forward[] {
    if (path === undefined || path === '') throw new ApiError(400, 'invalid path');
    const { control } = this.api;
    if (control.paths.state(path) === undefined) throw new ApiError(404, 'path not found');
    return control.forwards.of(path);
  }

  private objectOf({ id, position, createdMs, conf }: Forward, statuses: ReadonlyMap<string, ForwardStatus>): ForwardObject {
    const status = statuses.get(id);
    return {
      id,
      pos: position,
      created: rfc3339(this.api.wallMs(createdMs)),
      conf,
      protocol: forwardProtocol(conf.dest),
      state: status?.state ?? 'idle',
      lastError: status?.lastError ?? '',
      outboundBytes: status?.outboundBytes ?? 0,
    };
  }
}
