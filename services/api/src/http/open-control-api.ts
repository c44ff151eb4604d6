import type { ControlApiOptions } from './control-api.ts';

export interface OpenControlApi {
  /** `http://127.0.0.1:9997`; the path of a unix socket. */
  readonly url: string;
  /** Requests on their way have 2 s to end. */
  close(): Promise<void>;
}

/**
 * Serves the Control API. Its code is loaded by the first call, so that a server without it does not pay for it.
 * Errors: ListenError, CertificateError; nothing is left open then.
 */
export async function openControlApi(options: ControlApiOptions): Promise<OpenControlApi> {
  const { openApp } = await import('./control-api-app.ts');
  return openApp(options);
}
