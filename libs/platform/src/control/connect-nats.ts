import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionOptions, NatsConnection } from '@nats-io/transport-node';
import type { NatsSettings } from '../environment.ts';
import type { Logger } from '../log/logger.ts';

const RETRY_MS = 1000;
const DIAL_TIMEOUT_MS = 3000;
/** With two pings unanswered, a broker that vanished is noticed within 15 s. */
const PING_INTERVAL_MS = 5000;

/**
 * Connects, however long it takes until a broker is there, and says why it takes long.
 * The connection then reconnects for ever. `name` is what the broker's monitoring shows.
 *
 * Errors: of the files of the settings; the signal's reason.
 */
export async function connectNats(
  settings: NatsSettings,
  options: { name: string; logger: Logger; signal?: AbortSignal },
): Promise<NatsConnection> {
  const { connect } = await import('@nats-io/transport-node');
  const connectionOptions = await natsConnectionOptions(settings, options.name);
  let lastReason: string | undefined;
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      return await connect(connectionOptions);
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== lastReason) options.logger.warn(`cannot connect to NATS ${settings.servers.join(', ')}: ${reason}; trying again`);
      lastReason = reason;
    }
    await delay(RETRY_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}

async function natsConnectionOptions(settings: NatsSettings, name: string): Promise<ConnectionOptions> {
  const { login, tls } = settings;
  const options: ConnectionOptions = {
    servers: [...settings.servers],
    name,
    inboxPrefix: `${settings.prefix}.inbox`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RETRY_MS,
    // Credentials that are refused now may be the right ones after the broker's configuration is mended.
    ignoreAuthErrorAbort: true,
    timeout: DIAL_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    noAsyncTraces: true,
  };
  if (tls !== undefined) {
    options.tls = {
      ...(tls.caFile === undefined ? {} : { ca: await readFile(tls.caFile, 'utf8') }),
      ...(tls.certFile === undefined ? {} : { cert: await readFile(tls.certFile, 'utf8') }),
      ...(tls.keyFile === undefined ? {} : { key: await readFile(tls.keyFile, 'utf8') }),
    };
  }
  switch (login.kind) {
    case 'none':
      break;
    case 'password':
      options.user = login.user;
      options.pass = login.password;
      break;
    case 'token':
      options.token = login.token;
      break;
    case 'credentialsFile': {
      const { credsAuthenticator } = await import('@nats-io/transport-node');
      options.authenticator = credsAuthenticator(await readFile(login.path));
      break;
    }
  }
  return options;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}`;
}
