import { ControlError, defineEvent, defineRequest } from '@mediamesh/contracts';
import { Controller, Inject, Injectable, Module } from '@nestjs/common';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { ControlClient } from '../control/control-client.ts';
import { ControlServer } from '../control/control-server.ts';
import { HandleEvent, HandleRequest } from '../control/handlers.ts';
import { InProcessWire } from '../control/in-process-wire.ts';
import { decorate } from '../control/test-replica.cases.ts';
import { InstanceIdentity } from '../instance-identity.ts';
import { Logger, Logging } from '../log/logger.ts';
import { MemorySink } from '../log/memory-sink.ts';
import { NodeCrypto } from '../node-crypto.ts';
import { createPlatform } from './platform-module.ts';
import type { Platform } from './platform-module.ts';
import { openServiceApp } from './service-app.ts';

const whoAreYou = defineRequest({ name: 'test.who', to: 'every', request: z.object({}), reply: z.object({ service: z.string() }) });
const decide = defineRequest({ name: 'test.decide', to: 'control', request: z.object({}), reply: z.object({ by: z.string() }) });
const happened = defineEvent({ name: 'test.happened', payload: z.object({ what: z.string() }) });

const DEADLINE_MS = 5000;

class Speaker {
  readonly identity: InstanceIdentity;
  readonly heard: string[] = [];
  destroyed = false;

  constructor(identity: InstanceIdentity, logger: Logger, client: ControlClient, server: ControlServer, crypto: NodeCrypto) {
    this.identity = identity;
    for (const injected of [identity, logger, client, server, crypto]) if (injected === undefined) throw new Error('not injected');
  }

  onModuleDestroy(): void {
    this.destroyed = true;
  }
}
Injectable()(Speaker);
[InstanceIdentity, Logger, ControlClient, ControlServer, NodeCrypto].forEach((token, index) => Inject(token)(Speaker, undefined, index));

class SpeakerController {
  readonly #speaker: Speaker;

  constructor(speaker: Speaker) {
    this.#speaker = speaker;
  }

  who(): { service: string } {
    return { service: this.#speaker.identity.service };
  }

  decide(): { by: string } {
    return { by: this.#speaker.identity.id };
  }

  happened(payload: { what: string }): void {
    this.#speaker.heard.push(payload.what);
  }
}
Controller()(SpeakerController);
Inject(Speaker)(SpeakerController, undefined, 0);
decorate(SpeakerController, 'who', HandleRequest(whoAreYou));
decorate(SpeakerController, 'decide', HandleRequest(decide));
decorate(SpeakerController, 'happened', HandleEvent(happened));

class SpeakerModule {}
Module({ controllers: [SpeakerController], providers: [Speaker] })(SpeakerModule);

describe('several services in one process', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  function platform(wire: InProcessWire, service: string, sink = new MemorySink()): Platform {
    const logging = new Logging({ level: 'debug', sinks: [sink] });
    ends.push(() => logging.close());
    return createPlatform({ identity: InstanceIdentity.read(service, {}), wire, logger: logging.logger });
  }

  test('each has its own handlers, instance and providers, over one wire', async () => {
    const wire = new InProcessWire();
    const platforms = [platform(wire, 'rtsp'), platform(wire, 'api')] as const;
    const apps = [];
    for (const each of platforms) apps.push(await openServiceApp(SpeakerModule, each));
    await platforms[1].server.setLeading(true);
    const [{ client }, api] = platforms;
    expect(await client.request(decide, {}, { deadlineMs: DEADLINE_MS })).toEqual({ by: api.identity.id });
    const expected = platforms.map(({ identity }) => identity.id);
    const { replies } = await client.gather(whoAreYou, {}, { deadlineMs: 1e9, expect: expected });
    expect(replies.map(({ reply }) => reply.service).sort()).toEqual(['api', 'rtsp']);
    client.emit(happened, { what: 'once' });
    for (const app of apps) await expect.poll(() => app.get(Speaker).heard, { timeout: DEADLINE_MS }).toEqual(['once']);

    const [rtsp] = apps.map((app) => app.get(Speaker));
    await apps[0]?.close();
    expect(rtsp?.destroyed).toBe(true);
    const left = await client.gather(whoAreYou, {}, { deadlineMs: 1e9, expect: [api.identity.id] });
    expect(left.replies.map(({ instance }) => instance)).toEqual([api.identity.id]);
    await apps[1]?.close();
    await expect(client.request(decide, {}, { deadlineMs: 1e9 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test("Nest's own lines are at debug", async () => {
    const sink = new MemorySink();
    const app = await openServiceApp(SpeakerModule, platform(new InProcessWire(), 'rtsp', sink));
    await app.close();
    expect(sink.entries.length).toBeGreaterThan(0);
    expect(sink.entries.every(({ level, message }) => level === 'debug' && message.startsWith('[nest] '))).toBe(true);
  });

  test('a module that cannot start rejects, and its handlers are gone', async () => {
    class Failing {
      onModuleInit(): never {
        throw new ControlError('UNAVAILABLE', 'port is taken');
      }
    }
    class FailingModule {}
    Module({ imports: [SpeakerModule], providers: [Failing] })(FailingModule);
    const wire = new InProcessWire();
    const failing = platform(wire, 'rtsp');
    await expect(openServiceApp(FailingModule, failing)).rejects.toThrow('port is taken');
    expect(await failing.client.gather(whoAreYou, {}, { deadlineMs: 1e9, expect: ['x'] })).toMatchObject({ replies: [], missing: ['x'] });
  });

  test("a handler declared with Nest's decorator is refused", async () => {
    const { MessagePattern } = await import('@nestjs/microservices');
    class PlainController {
      plain(): string {
        return 'no contract';
      }
    }
    Controller()(PlainController);
    decorate(PlainController, 'plain', MessagePattern('plain') as MethodDecorator);
    class PlainModule {}
    Module({ controllers: [PlainController] })(PlainModule);
    await expect(openServiceApp(PlainModule, platform(new InProcessWire(), 'rtsp'))).rejects.toThrow('use @HandleRequest or @HandleEvent');
  });

  test('a request with two handlers is refused', async () => {
    class SecondController {
      second(): { service: string } {
        return { service: 'second' };
      }
    }
    Controller()(SecondController);
    decorate(SecondController, 'second', HandleRequest(whoAreYou));
    class TwiceModule {}
    Module({ imports: [SpeakerModule], controllers: [SecondController] })(TwiceModule);
    await expect(openServiceApp(TwiceModule, platform(new InProcessWire(), 'rtsp'))).rejects.toThrow("two handlers answer 'test.who'");
  });
});
