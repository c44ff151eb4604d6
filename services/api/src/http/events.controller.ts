import type { ServerResponse } from 'node:http';
import { EVENT_KINDS } from '@mediamesh/config';
import type { HttpRequest } from '@mediamesh/http';
import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import type { ControlEvent } from '../control/events/control-event.ts';
import { ApiError } from './api-error.ts';
import { ControlApi } from './control-api.ts';

const HEARTBEAT_MS = 15_000;
/** A client that takes nothing is let go of; it comes back, and says what it has seen. */
const MAX_UNSENT_BYTES = 1024 * 1024;

/** Events as they happen, in the format of browsers' EventSource. Beyond MediaMTX: docs/8-events.md. */
@Controller('v3/events')
export class EventsController {
  constructor(@Inject(ControlApi) private readonly api: ControlApi) {}

  @Get()
  stream(
    @Query('path') path: string | undefined,
    @Query('kind') kind: string | undefined,
    @Req() request: HttpRequest,
    @Res() response: ServerResponse,
  ): void {
    const isWanted = filterOf(path, kind);
    const { closing, control } = this.api;
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
    const lastId = request.headers['last-event-id'];
    const missed = typeof lastId === 'string' && lastId !== '' ? control.events.after(lastId) : [];
    // Also tells the client that it is connected.
    response.write(missed === undefined ? 'event: missed\ndata: {}\n\n' : ': events\n\n');
    const send = (event: ControlEvent): void => {
      if (!isWanted(event)) return;
      response.write(`id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`);
      if (response.writableLength > MAX_UNSENT_BYTES) response.destroy();
    };
    missed?.forEach(send);
    const stopListening = control.events.listen(send);
    const heartbeat = setInterval(() => response.write(':\n\n'), HEARTBEAT_MS);
    const end = (): void => void response.end();
    closing.addEventListener('abort', end, { once: true });
    response.once('close', () => {
      stopListening();
      clearInterval(heartbeat);
      closing.removeEventListener('abort', end);
    });
  }
}

/** Errors: ApiError 400. */
function filterOf(path: string | undefined, kind: string | undefined): (event: ControlEvent) => boolean {
  const kinds = kind === undefined || kind === '' ? undefined : new Set(kind.split(','));
  for (const each of kinds ?? []) {
    if (!EVENT_KINDS.some((known) => known === each))
      throw new ApiError(400, `there is no event '${each}': they are ${EVENT_KINDS.join(', ')}`);
  }
  return (event) => (path === undefined || path === '' || event.path === path) && (kinds === undefined || kinds.has(event.kind));
}
