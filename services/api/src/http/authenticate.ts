import type { AuthAction } from '@mediamesh/config';
import { ControlError } from '@mediamesh/contracts';
import { clientName, credentialsOf } from '@mediamesh/http';
import type { HttpRequest } from '@mediamesh/http';
import type { Logger } from '@mediamesh/platform';
import type { AccessControl } from '../control/access-control.ts';
import { ApiError } from './api-error.ts';

/**
 * Whether who sends this request may do what the server is for; the name of who does.
 * Errors: ApiError 401: at once with a question when no credentials came, else logged, and after a pause. Contract 5.3.
 */
export async function authenticate(action: AuthAction, request: HttpRequest, access: AccessControl, logger: Logger): Promise<string> {
  const credentials = credentialsOf(request.headers.authorization);
  try {
    const { user } = await access.decide({
      action,
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
    return user;
  } catch (error) {
    if (!(error instanceof ControlError) || error.code !== 'NOT_AUTHENTICATED') throw error;
    if (error.askCredentials) {
      throw new ApiError(401, 'authentication error', { headers: { 'WWW-Authenticate': 'Basic realm="mediamtx"' } });
    }
    logger.child(`conn ${clientName(request)}`).warn(`failed to authenticate: ${error.message}`);
    await access.pause(error);
    throw new ApiError(401, 'authentication error');
  }
}
