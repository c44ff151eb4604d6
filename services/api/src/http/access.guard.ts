import { BodyTooLargeError, readBody } from '@mediamesh/http';
import type { HttpRequest } from '@mediamesh/http';
import { Inject, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { ApiError } from './api-error.ts';
import { authenticate } from './authenticate.ts';
import { BrowserRules } from './browser-rules.ts';
import { ControlApi } from './control-api.ts';

const CHANGING_METHODS: ReadonlySet<string> = new Set(['POST', 'PATCH', 'PUT', 'DELETE']);

/** Who may use the API: permission `api`, and for changes, no page of somebody else. */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly browserRules: BrowserRules;

  constructor(@Inject(ControlApi) private readonly api: ControlApi) {
    this.browserRules = new BrowserRules(api.config);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<HttpRequest>();
    const isChange = CHANGING_METHODS.has(request.method ?? '');
    if (isChange) this.browserRules.checkOrigin(request.headers);
    request.user = await authenticate('api', request, this.api.control.access, this.api.logger);
    if (!isChange) return true;
    request.body = await bodyOf(request);
    this.browserRules.checkContent(request.headers, request.body);
    return true;
  }
}

async function bodyOf(request: HttpRequest): Promise<Uint8Array> {
  try {
    return await readBody(request);
  } catch (error) {
    if (error instanceof BodyTooLargeError) throw new ApiError(400, 'size exceeds maximum allowed', { cause: error });
    // The client has gone, or has sent nonsense in the middle.
    throw new ApiError(400, 'the request body is incomplete', { cause: error });
  }
}
