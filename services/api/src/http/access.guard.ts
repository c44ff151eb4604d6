import { ControlError } from '@mediamesh/contracts';
import { BodyTooLargeError, clientName, credentialsOf, readBody } from '@mediamesh/http';
import type { HttpRequest } from '@mediamesh/http';
import { Inject, Injectable } from '@nestjs/common';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { ApiError } from './api-error.ts';
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
    await this.authenticate(request);
    if (!isChange) return true;
    request.body = await bodyOf(request);
    this.browserRules.checkContent(request.headers, request.body);
    return true;
  }

  private async authenticate(request: HttpRequest): Promise<void> {
    const credentials = credentialsOf(request.headers.authorization);
    try {
      await this.api.control.access.decide({
        action: 'api',
        path: '',
        query: request.rawQuery,
        protocol: '',
        id: null,
        ip: request.clientIp,
        userAgent: request.headers['user-agent'] ?? '',
        credentials,
        // A token that nobody looks at was an attempt, too.
        canAsk: credentials.token === '',
        digest: false,
        authorized: false,
      });
    } catch (error) {
      if (!(error instanceof ControlError) || error.code !== 'NOT_AUTHENTICATED') throw error;
      if (error.askCredentials) {
        throw new ApiError(401, 'authentication error', { headers: { 'WWW-Authenticate': 'Basic realm="mediamtx"' } });
      }
      this.api.logger.child(`conn ${clientName(request)}`).warn(`failed to authenticate: ${error.message}`);
      throw new ApiError(401, 'authentication error');
    }
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
