import type { ServerResponse } from 'node:http';
import { AllowedOrigins, HttpServer, NOT_FOUND_TEXT, sendJson, sendText } from '@mediamesh/http';
import type { HttpRequest } from '@mediamesh/http';
import { CertificateFiles, dumpTarget } from '@mediamesh/net';
import type { Logger } from '@mediamesh/platform';
import { apiErrorOf } from '../api-error.ts';
import { authenticate } from '../authenticate.ts';
import type { ControlApiOptions } from '../control-api.ts';
import type { OpenControlApi } from '../open-control-api.ts';

/** A server for who operates this one: prefix of its keys, action of its permission, prefix of its log lines. */
export type OperationsServerName = 'metrics' | 'pprof';

/** What a handler works on. */
export interface OperationsContext {
  readonly logger: Logger;
  /** Aborted when the server closes. */
  readonly closing: AbortSignal;
}

/** Answers a GET; false: there is no such page. */
export type OperationsHandler = (request: HttpRequest, response: ServerResponse) => Promise<boolean>;

/**
 * Opens a server with the rules of contract 1.12 and 5.3: all but GET, and what the handler does not know, is 404, after authentication.
 * Errors: ListenError, CertificateError; nothing is left open then.
 */
export async function openOperationsServer(
  name: OperationsServerName,
  options: ControlApiOptions,
  handlerOf: (context: OperationsContext) => OperationsHandler,
): Promise<OpenControlApi> {
  const { config, control } = options;
  const logger = options.logger.child(name);
  const end = new AbortController();
  const handler = handlerOf({ logger, closing: end.signal });
  const isEncrypted = config[`${name}Encryption`];
  const address = config[`${name}Address`];
  const certificate = isEncrypted ? certificateOf(name, options, logger) : undefined;
  const server = await HttpServer.open({
    address,
    addressKey: `${name}Address`,
    certificate,
    allowOrigins: new AllowedOrigins(config[`${name}AllowOrigins`]),
    allowMethods: 'OPTIONS, GET',
    allowHeaders: 'Authorization',
    trustedProxies: config[`${name}TrustedProxies`],
    readTimeoutMs: config.readTimeout,
    writeTimeoutMs: config.writeTimeout,
    logger,
    dump: dumpTarget(config.dumpPackets, `${name}_server_conn`, (level, message) => logger[level](message)),
    handle: async (request, response) => {
      try {
        await authenticate(name, request, control.access, logger);
        const isAnswered = request.method === 'GET' && (await handler(request, response));
        if (!isAnswered) sendText(response, 404, NOT_FOUND_TEXT);
      } catch (error) {
        refuse(error, response);
      }
    },
  }).catch((error: unknown) => {
    certificate?.close();
    throw error;
  });
  logger.info(`started with listener on ${address} (TCP/${isEncrypted ? 'HTTPS' : 'HTTP'})`);
  return {
    url: server.url,
    close: async () => {
      logger.info('closing');
      end.abort();
      await server.close();
      certificate?.close();
    },
  };
}

/** Errors: what nobody expects, again. */
function refuse(error: unknown, response: ServerResponse): void {
  const known = apiErrorOf(error);
  if (known === undefined) throw error;
  for (const [header, value] of Object.entries(known.headers)) response.setHeader(header, value);
  sendJson(response, known.status, { status: 'error', error: known.message });
}

function certificateOf(name: OperationsServerName, { config }: ControlApiOptions, logger: Logger): CertificateFiles {
  return new CertificateFiles({
    certificateFile: config[`${name}ServerCert`],
    keyFile: config[`${name}ServerKey`],
    certificateFileKey: `${name}ServerCert`,
    keyFileKey: `${name}ServerKey`,
    log: (level, message) => logger[level](message),
  });
}
