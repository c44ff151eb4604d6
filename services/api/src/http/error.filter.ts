import type { ServerResponse } from 'node:http';
import { NOT_FOUND_TEXT, sendJson, sendText } from '@mediamesh/http';
import type { HttpRequest } from '@mediamesh/http';
import { Catch, Inject } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import { UnknownRouteError, apiErrorOf } from './api-error.ts';
import { ControlApi } from './control-api.ts';

/** The one place where failures become answers. Contract 2.1. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(@Inject(ControlApi) private readonly api: ControlApi) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<HttpRequest>();
    const response = http.getResponse<ServerResponse>();
    if (error instanceof UnknownRouteError) return sendText(response, 404, NOT_FOUND_TEXT);
    const known = apiErrorOf(error);
    if (known === undefined) {
      this.api.logger.error(`${request.method} ${request.path} failed`, error);
      return sendJson(response, 500, { status: 'error', error: 'internal server error' });
    }
    const { status, message, headers } = known;
    // A refusal is logged where it is decided, or not at all.
    if (status !== 401) this.api.logger.error(message);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    sendJson(response, status, { status: 'error', error: message });
  }
}
