import { defineRequest } from '@mediamesh/contracts';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Logging } from '../log/logger.ts';
import { MemorySink } from '../log/memory-sink.ts';
import { ControlClient } from './control-client.ts';
import { ControlServer, MAX_REQUESTS_IN_FLIGHT } from './control-server.ts';
import { InProcessWire } from './in-process-wire.ts';

const ask = defineRequest({ name: 'test.ask', to: 'any', request: z.object({ wait: z.boolean() }), reply: z.object({}) });
const DEADLINE_MS = 10_000;

/** A server without Nest around it: handlers are added as Nest does it. */
async function open(
  handler: (payload: unknown) => Promise<unknown>,
): Promise<{ server: ControlServer; client: ControlClient; sink: MemorySink }> {
  const wire = new InProcessWire();
  const sink = new MemorySink();
  const { logger } = new Logging({ level: 'debug', sinks: [sink] });
  const server = new ControlServer({ wire, service: 'test', instance: 'test-a', logger });
  server.addHandler(ask.name, handler as never, false, { kind: 'request', contract: ask });
  await new Promise<void>((resolve) => server.listen(() => resolve()));
  return { server, client: new ControlClient(wire), sink };
}

describe('ControlServer', () => {
  test('works on as many requests at a time as allowed, and refuses more', async () => {
    const held: ((reply: object) => void)[] = [];
    const { client } = await open((payload) =>
      (payload as { wait: boolean }).wait ? new Promise((resolve) => held.push(resolve)) : Promise.resolve({}),
    );
    const waiting: Promise<unknown>[] = [];
    const options = { deadlineMs: 1e9, service: 'test' };
    for (let i = 0; i < MAX_REQUESTS_IN_FLIGHT - 1; i++) waiting.push(client.request(ask, { wait: true }, options));
    await expect.poll(() => held.length, { timeout: DEADLINE_MS }).toBe(MAX_REQUESTS_IN_FLIGHT - 1);
    expect(await client.request(ask, { wait: false }, options)).toEqual({});
    waiting.push(client.request(ask, { wait: true }, options));
    await expect(client.request(ask, { wait: false }, options)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('requests are in flight') as unknown,
    });
    for (const resolve of held) resolve({});
    await Promise.all(waiting);
    expect(await client.request(ask, { wait: false }, options)).toEqual({});
  });

  test('a handler that returns nothing is told apart from one that does not answer', async () => {
    const { client } = await open(() => Promise.resolve(undefined));
    await expect(client.request(ask, { wait: false }, { deadlineMs: 1e9, service: 'test' })).rejects.toMatchObject({
      code: 'INVALID_MESSAGE',
      message: expect.stringContaining('received null') as unknown,
    });
  });

  test('a reply that is not JSON is INTERNAL, and logged', async () => {
    const { client, sink } = await open(() => Promise.resolve({ big: 1n }));
    await expect(client.request(ask, { wait: false }, { deadlineMs: 1e9, service: 'test' })).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(sink.text).toContain("request 'test.ask' failed: TypeError");
  });

  test('a request that was on its way when the server closed is refused at once', async () => {
    const { server, client } = await open(() => Promise.resolve({}));
    const request = client.request(ask, { wait: false }, { deadlineMs: 1e9, service: 'test' });
    server.close();
    await expect(request).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('is ending') as unknown });
  });

  test('names must be tokens of a subject', () => {
    const { logger } = new Logging({ level: 'debug', sinks: [] });
    const options = { wire: new InProcessWire(), service: 'test', instance: 'a.b', logger };
    expect(() => new ControlServer(options)).toThrow("'a.b' is no instance or service name");
  });
});
