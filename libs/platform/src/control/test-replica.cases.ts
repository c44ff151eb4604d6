import 'reflect-metadata';
import { ControlError, defineEvent, defineRequest } from '@mediamesh/contracts';
import { Controller, Module } from '@nestjs/common';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { z } from 'zod';
import { Logging } from '../log/logger.ts';
import { MemorySink } from '../log/memory-sink.ts';
import { ControlServer } from './control-server.ts';
import { HandleEvent, HandleRequest } from './handlers.ts';
import type { ControlWire } from './wire.ts';

/** A service that exists for the tests of the control transport, and its contracts. */

const text = z.object({ text: z.string() });
export const lead = defineRequest({
  name: 'test.lead',
  to: 'control',
  request: text,
  reply: z.object({ by: z.string(), text: z.string() }),
});
export const fail = defineRequest({ name: 'test.fail', to: 'control', request: z.object({ how: z.string() }), reply: z.object({}) });
export const hang = defineRequest({ name: 'test.hang', to: 'control', request: z.object({}), reply: z.object({}) });
export const wrong = defineRequest({ name: 'test.wrong', to: 'control', request: z.object({}), reply: z.object({ count: z.number() }) });
export const one = defineRequest({ name: 'test.one', to: 'instance', request: text, reply: z.object({ by: z.string() }) });
export const anyone = defineRequest({ name: 'test.any', to: 'any', request: text, reply: z.object({ by: z.string() }) });
export const everyone = defineRequest({ name: 'test.every', to: 'every', request: text, reply: z.object({ by: z.string() }) });
export const nobody = defineRequest({ name: 'test.nobody', to: 'every', request: text, reply: z.object({}) });
export const told = defineEvent({ name: 'test.told', payload: z.object({ number: z.number() }) });

export interface Replica {
  readonly server: ControlServer;
  readonly log: MemorySink;
  readonly told: number[];
  readonly handled: string[];
  readonly close: () => Promise<void>;
}

/** The test runner transforms decorators only in files that a tsconfig.json includes, and tests are excluded. */
export function decorate(
  controller: Type,
  method: string,
  decorator: (target: object, key: string, descriptor: TypedPropertyDescriptor<never>) => void,
): void {
  const descriptor = Object.getOwnPropertyDescriptor(controller.prototype, method) as TypedPropertyDescriptor<never>;
  decorator(controller.prototype as object, method, descriptor);
  Object.defineProperty(controller.prototype, method, descriptor);
}

function controllerFor(instance: string, toldNumbers: number[], handled: string[]): Type {
  class TestController {
    lead(payload: { text: string }): { by: string; text: string } {
      return { by: instance, text: payload.text };
    }

    fail(payload: { how: string }): never {
      if (payload.how === 'coded') throw new ControlError('NOT_AUTHENTICATED', 'wrong password', { askCredentials: true, pauseMs: 250 });
      throw new TypeError('a secret of the implementation');
    }

    hang(): Promise<object> {
      handled.push('hang');
      return new Promise(() => undefined);
    }

    wrong(): { count: number } {
      return { count: 'three' as unknown as number };
    }

    one(): { by: string } {
      return { by: instance };
    }

    async anyone(): Promise<{ by: string }> {
      await Promise.resolve();
      return { by: instance };
    }

    everyone(payload: { text: string }): { by: string } {
      if (payload.text === instance) throw new ControlError('NOT_FOUND', 'not here');
      return { by: instance };
    }

    told(payload: { number: number }): void {
      if (payload.number < 0) throw new RangeError('negative');
      toldNumbers.push(payload.number);
    }
  }
  Controller()(TestController);
  decorate(TestController, 'lead', HandleRequest(lead));
  decorate(TestController, 'fail', HandleRequest(fail));
  decorate(TestController, 'hang', HandleRequest(hang));
  decorate(TestController, 'wrong', HandleRequest(wrong));
  decorate(TestController, 'one', HandleRequest(one));
  decorate(TestController, 'anyone', HandleRequest(anyone));
  decorate(TestController, 'everyone', HandleRequest(everyone));
  decorate(TestController, 'told', HandleEvent(told));
  return TestController;
}

export async function openReplica(wire: ControlWire, instance: string, service: string): Promise<Replica> {
  const log = new MemorySink();
  const { logger } = new Logging({ level: 'debug', sinks: [log] });
  const toldNumbers: number[] = [];
  const handled: string[] = [];
  class TestModule {}
  Module({ controllers: [controllerFor(instance, toldNumbers, handled)] })(TestModule);
  const server = new ControlServer({ wire, service, instance, logger });
  const app = await NestFactory.createMicroservice(TestModule, { strategy: server, logger: false });
  await app.listen();
  return { server, log, told: toldNumbers, handled, close: () => app.close() };
}
