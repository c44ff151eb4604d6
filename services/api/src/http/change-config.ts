import { ConfigError } from '@mediamesh/config';
import type { HttpRequest } from '@mediamesh/http';
import type { RevisionCause } from '@mediamesh/store';
import { ApiError } from './api-error.ts';

/** Whose change it is, for the history. */
export function causeOf(origin: RevisionCause['origin'], { user, clientIp, method, path }: HttpRequest): RevisionCause {
  return { origin, user, address: clientIp, detail: `${method} ${path}` };
}

/** A change of the configuration. Errors: ApiError 400 for a configuration that is refused. */
export async function changing(change: () => Promise<void>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (error instanceof ConfigError) throw new ApiError(400, error.reason, { cause: error });
    throw error;
  }
}
