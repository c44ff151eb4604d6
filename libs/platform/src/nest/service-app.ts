import 'reflect-metadata';
import type { DynamicModule, INestMicroservice, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { NestLogger } from './nest-logger.ts';
import { platformModule } from './platform-module.ts';
import type { Platform } from './platform-module.ts';

class ServiceModule {}

/**
 * One service as a Nest application of its own, with `module` as its root: one process hosts as many as it likes over one wire.
 * Resolves when its handlers answer. `close` of what it returns runs Nest's shutdown hooks; the wire stays open.
 *
 * Errors: those of the module's constructors and `onModuleInit`; nothing is left open then.
 */
export async function openServiceApp(module: Type | DynamicModule, platform: Platform): Promise<INestMicroservice> {
  const root: DynamicModule = { module: ServiceModule, imports: [platformModule(platform), module] };
  const app = await NestFactory.createMicroservice(root, {
    strategy: platform.server,
    logger: new NestLogger(platform.logger),
    // Else Nest ends the process by itself.
    abortOnError: false,
  });
  try {
    await app.listen();
    return app;
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
}
