import { compareDocuments, marshalRedacted } from '@mediamesh/config';
import { rfc3339 } from '@mediamesh/http';
import type { HttpRequest } from '@mediamesh/http';
import type { Revision } from '@mediamesh/store';
import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import type { z } from 'zod';
import type { ConfigKeeper, KeptConfig } from '../control/config-keeper.ts';
import { ApiError } from './api-error.ts';
import { causeOf, changing } from './change-config.ts';
import { ControlApi } from './control-api.ts';
import type { comparisonSchema, revisionSchema, revisionStateSchema } from './openapi/answer-schemas.ts';
import { pageOf, parsePage, parseUint } from './paginate.ts';
import type { List, PageQuery } from './paginate.ts';

type RevisionRow = Readonly<z.output<typeof revisionSchema>>;

/** The history of the configuration. Beyond MediaMTX. */
@Controller('v3/config/revisions')
export class ConfigRevisionsController {
  constructor(@Inject(ControlApi) private readonly api: ControlApi) {}

  @Get('list')
  async list(@Query() query: PageQuery): Promise<List<RevisionRow>> {
    const page = parsePage(query);
    const { itemsPerPage } = page;
    const history = await this.history();
    const { revisions, count } = await history.list({ skip: page.page * itemsPerPage, take: itemsPerPage });
    return pageOf(revisions.map(rowOf), count, page);
  }

  @Get('get/:number')
  async get(@Param('number') number: string): Promise<z.output<typeof revisionStateSchema>> {
    const { revision, document } = await find(await this.history(), number);
    return { ...rowOf(revision), config: marshalRedacted(document) };
  }

  @Get('compare')
  async compare(@Query() query: PageQuery): Promise<z.output<typeof comparisonSchema>> {
    const history = await this.history();
    const from = await find(history, query['from'] ?? '');
    const to = query['to'] === undefined || query['to'] === '' ? await history.read() : await find(history, query['to']);
    if (to === undefined) throw noSuchRevision();
    const changes = [...compareDocuments(from.document, to.document)];
    return { from: from.revision.number, to: to.revision.number, changes };
  }

  @Post('rollback/:number')
  @HttpCode(200)
  async rollBack(@Param('number') number: string, @Req() request: HttpRequest): Promise<{ readonly status: 'ok' }> {
    const kept = await find(await this.history(), number);
    await changing(() => this.api.control.configStore.rollBack(kept, causeOf('rollback', request)));
    return { status: 'ok' };
  }

  private async history(): Promise<ConfigKeeper> {
    const history = await this.api.control.configStore.history();
    if (history === undefined) throw new ApiError(404, "revisions are not kept: neither 'stateDirectory' nor 'databaseURL' is set");
    return history;
  }
}

async function find(history: ConfigKeeper, number: string): Promise<KeptConfig> {
  const kept = await history.get(parseUint(number));
  if (kept === undefined) throw noSuchRevision();
  return kept;
}

function noSuchRevision(): ApiError {
  return new ApiError(404, 'revision not found');
}

function rowOf({ created, ...revision }: Revision): RevisionRow {
  return { ...revision, created: rfc3339(Date.parse(created)) };
}
