import { findPathConfig } from '@mediamesh/config';
import type { PathConfig } from '@mediamesh/config';
import { TimeFormatError, parseRfc3339, rfc3339 } from '@mediamesh/http';
import type { ZonedTime } from '@mediamesh/http';
import { SegmentOutsideError, findRecordedPaths, findSegments, removeSegment } from '@mediamesh/recording';
import { Controller, Delete, Get, Inject, Param, Query } from '@nestjs/common';
import type { z } from 'zod';
import { ApiError } from './api-error.ts';
import { ControlApi } from './control-api.ts';
import type { recordingSchema } from './openapi/answer-schemas.ts';
import { paginate, parsePage } from './paginate.ts';
import type { List, PageQuery } from './paginate.ts';
import { requireName } from './parameters.ts';

type Recording = Readonly<z.output<typeof recordingSchema>>;

/** The recordings on this machine's disk, which is the truth. */
@Controller('v3/recordings')
export class RecordingsController {
  constructor(@Inject(ControlApi) private readonly api: ControlApi) {}

  @Get('list')
  async list(@Query() query: PageQuery): Promise<List<Recording>> {
    const page = parsePage(query);
    const { items, ...counts } = paginate(await findRecordedPaths(this.api.control.config), page);
    const recordings: Recording[] = [];
    for (const name of items) recordings.push(await recordingOf(this.pathConfig(name), name));
    return { ...counts, items: recordings };
  }

  @Get('get/*name')
  async get(@Param('name') name: string): Promise<Recording> {
    requireName(name);
    return recordingOf(this.pathConfig(name), name);
  }

  @Delete('deletesegment')
  async deleteSegment(@Query() query: Readonly<Record<string, string>>): Promise<{ readonly status: 'ok' }> {
    const name = query['path'] ?? '';
    const { wallUs, utcOffsetMinutes } = startOf(query['start'] ?? '');
    const path = this.pathConfig(name);
    try {
      await removeSegment(path, { path: name, startUs: wallUs, utcOffsetMinutes });
    } catch (error) {
      throw new ApiError(400, removalProblem(error), { cause: error });
    }
    return { status: 'ok' };
  }

  private pathConfig(name: string): PathConfig {
    const lookup = findPathConfig(this.api.control.config, name);
    if (!lookup.found) throw new ApiError(400, lookup.error);
    return lookup.match.path;
  }
}

async function recordingOf(path: PathConfig, name: string): Promise<Recording> {
  const segments = await findSegments(path, name);
  return { name, segments: segments.map(({ startUs, utcOffsetMinutes }) => ({ start: rfc3339(startUs / 1000, utcOffsetMinutes) })) };
}

function startOf(text: string): ZonedTime {
  try {
    return parseRfc3339(text);
  } catch (error) {
    if (!(error instanceof TimeFormatError)) throw error;
    throw new ApiError(400, `invalid 'start' parameter: ${error.message}`, { cause: error });
  }
}

const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
  ENOTDIR: 'not a directory',
  ENAMETOOLONG: 'file name too long',
};

/** In the words of Go. Errors: what is not a failure of the file system. */
function removalProblem(error: unknown): string {
  if (error instanceof SegmentOutsideError) return error.message;
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === undefined || path === undefined) throw error;
  return `remove ${path}: ${SYSTEM_ERRORS[code] ?? code}`;
}
