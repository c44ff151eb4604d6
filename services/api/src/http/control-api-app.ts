import 'reflect-metadata';
import { AllowedOrigins, HttpServer } from '@mediamesh/http';
import { CertificateFiles, dumpTarget } from '@mediamesh/net';
import { NestLogger } from '@mediamesh/platform';
import { NestFactory } from '@nestjs/core';
import { ControlApi } from './control-api.ts';
import type { ControlApiOptions } from './control-api.ts';
import { ControlApiModule } from './control-api.module.ts';
import { NodeHttpAdapter } from './node-http-adapter.ts';
import type { OpenControlApi } from './open-control-api.ts';

/** Resolves when it listens. Errors: ListenError, CertificateError. */
export async function openApp(options: ControlApiOptions): Promise<OpenControlApi> {
  const { config } = options;
  const api = new ControlApi(options);
  const certificate = config.apiEncryption ? certificateOf(api) : undefined;
  const adapter = new NodeHttpAdapter();
  const app = await NestFactory.create(ControlApiModule.register(api), adapter, {
    logger: new NestLogger(api.logger),
    abortOnError: false,
    bodyParser: false,
  });
  await app.init();
  const closeApp = async (): Promise<void> => {
    certificate?.close();
    await app.close();
  };
  const server = await HttpServer.open({
    address: config.apiAddress,
    addressKey: 'apiAddress',
    certificate,
    allowOrigins: new AllowedOrigins(config.apiAllowOrigins),
    allowMethods: 'OPTIONS, GET, POST, PATCH, DELETE',
    allowHeaders: 'Authorization, Content-Type',
    trustedProxies: config.apiTrustedProxies,
    readTimeoutMs: config.readTimeout,
    writeTimeoutMs: config.writeTimeout,
    logger: api.logger,
    dump: dumpTarget(config.dumpPackets, 'api_server_conn', (level, message) => api.logger[level](message)),
    handle: (request, response) => adapter.handle(request, response),
  }).catch(async (error: unknown) => {
    await closeApp();
    throw error;
  });
  api.logger.info(`started with listener on ${config.apiAddress} (TCP/${config.apiEncryption ? 'HTTPS' : 'HTTP'})`);
  return {
    url: server.url,
    close: async () => {
      api.logger.info('closing');
      api.terminate();
      await server.close();
      await closeApp();
    },
  };
}

function certificateOf({ config, logger }: ControlApi): CertificateFiles {
  return new CertificateFiles({
    certificateFile: config.apiServerCert,
    keyFile: config.apiServerKey,
    certificateFileKey: 'apiServerCert',
    keyFileKey: 'apiServerKey',
    log: (level, message) => logger[level](message),
  });
}
