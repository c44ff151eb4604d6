import type { AuthPermission } from '@mediamesh/config';
import type { AuthHttp } from './auth-http.ts';
import { refuse } from './authenticator.ts';
import type { AuthDecision, AuthRequest, Authenticator } from './authenticator.ts';
import { compilePermissions } from './permission.ts';
import type { PermissionCheck } from './permission.ts';
import { tokenOf } from './token.ts';

/** A server that does not answer holds a socket and a request each; beyond this many, who comes is refused. */
export const MAX_PENDING_QUESTIONS = 1_000;

export interface HttpMethodOptions {
  readonly address: string;
  /** SHA-256 of the server's certificate, hexadecimal; '': it is verified as usual. */
  readonly fingerprint: string;
  /** What is allowed without asking. */
  readonly exclude: readonly AuthPermission[];
  readonly timeoutMs: number;
  readonly http: AuthHttp;
}

/**
 * The HTTP method: a server of the user decides; 2xx is yes. Nobody waits for the question of somebody else.
 *
 * Errors: none; a server that is away, slow or says no is a refusal with a reason.
 * Source: contract 5.6, MediaMTX's keys of the body.
 */
export class HttpAuthenticator implements Authenticator {
  private readonly options: HttpMethodOptions;
  private readonly isExcluded: PermissionCheck;
  private pending = 0;

  constructor(options: HttpMethodOptions) {
    this.options = options;
    this.isExcluded = compilePermissions(options.exclude);
  }

  async authenticate(request: AuthRequest): Promise<AuthDecision> {
    if (this.isExcluded(request.action, request.path)) return { allowed: true, user: '' };
    const token = tokenOf(request, false);
    const presented = { ...request, credentials: { ...request.credentials, token } };
    if (this.pending >= MAX_PENDING_QUESTIONS) return refuse(presented, 'too many requests wait for the authentication server');
    this.pending += 1;
    try {
      const problem = await this.ask(presented);
      return problem === undefined ? { allowed: true, user: request.credentials.user } : refuse(presented, problem);
    } finally {
      this.pending -= 1;
    }
  }

  /** Undefined: the server says yes. */
  private async ask(request: AuthRequest): Promise<string | undefined> {
    const { address: url, fingerprint, timeoutMs, http } = this.options;
    try {
      const { status, body } = await http({ method: 'POST', url, body: questionOf(request), fingerprint, timeoutMs });
      if (status >= 200 && status <= 299) return undefined;
      const said = body === undefined || body === '' ? '' : `: ${body}`;
      return `server replied with code ${status}${said}`;
    } catch (error) {
      return `HTTP request failed: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
}

/** All keys are always there. */
function questionOf({ ip, credentials, action, path, protocol, id, query, userAgent }: AuthRequest): string {
  const { user, pass: password, token } = credentials;
  return JSON.stringify({ ip, user, password, token, action, path, protocol, id, query, userAgent });
}
