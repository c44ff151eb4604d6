import { ControlError } from '@mediamesh/contracts';
import { StoreError } from '@mediamesh/store';

/** An answer other than the one asked for; `message` is MediaMTX's text where it has one. */
export class ApiError extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, options: { headers?: Readonly<Record<string, string>>; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'ApiError';
    this.status = status;
    this.headers = options.headers ?? {};
  }
}

/** No route, or one of a server that is disabled: answered as text. */
export class UnknownRouteError extends Error {
  constructor() {
    super('there is no such route');
    this.name = 'UnknownRouteError';
  }
}

const RETRY_SOON = { 'Retry-After': '1' } as const;

/** Errors of the control service as answers; undefined for those that nobody expects. */
export function apiErrorOf(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (error instanceof StoreError) return new ApiError(503, error.message, { headers: RETRY_SOON, cause: error });
  if (!(error instanceof ControlError)) return undefined;
  switch (error.code) {
    case 'TERMINATED':
      return new ApiError(500, 'terminated');
    case 'UNAVAILABLE':
    case 'NOT_LEADER':
    case 'TIMED_OUT':
      return new ApiError(503, error.message, { headers: RETRY_SOON, cause: error });
    default:
      return undefined;
  }
}
