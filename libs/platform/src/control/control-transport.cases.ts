import { ControlError } from '@mediamesh/contracts';
import { afterEach, describe, expect, test } from 'vitest';
import { ControlClient } from './control-client.ts';
import { anyone, everyone, fail, hang, lead, nobody, one, openReplica, told, wrong } from './test-replica.cases.ts';
import type { Replica } from './test-replica.cases.ts';
import { MAX_WIRE_MESSAGE_BYTES } from './wire.ts';
import type { ControlWire } from './wire.ts';

/** What every wire must do, in the words of services: both adapters run these. */

/** For what must happen; tests of deadlines use short ones. */
const DEADLINE_MS = 5000;

export function describeControlTransport(
  name: string,
  open: () => Promise<{ wire: () => Promise<ControlWire>; end: () => Promise<void> }>,
): void {
  describe(name, () => {
    const ends: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const end of ends.splice(0).reverse()) await end();
    });

    async function medium(): Promise<() => Promise<ControlWire>> {
      const { wire, end } = await open();
      ends.push(end);
      return async () => {
        const opened = await wire();
        ends.push(() => opened.close());
        return opened;
      };
    }

    async function replica(wire: ControlWire, instance: string, service = 'test'): Promise<Replica> {
      const opened = await openReplica(wire, instance, service);
      ends.push(opened.close);
      return opened;
    }

    async function single(): Promise<{ client: ControlClient; wire: ControlWire; server: Replica }> {
      const wire = await (await medium())();
      const server = await replica(wire, 'a');
      await server.server.setLeading(true);
      return { client: new ControlClient(wire), wire, server };
    }

    test('a request is answered, and unknown fields are dropped on the way', async () => {
      const { client } = await single();
      const payload = { text: 'Grüße', later: 1 };
      expect(await client.request(lead, payload, { deadlineMs: DEADLINE_MS })).toEqual({ by: 'a', text: 'Grüße' });
    });

    test('a coded error travels with code, message, askCredentials and pause', async () => {
      const { client, server } = await single();
      const error = await client.request(fail, { how: 'coded' }, { deadlineMs: DEADLINE_MS }).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(ControlError);
      expect(error).toMatchObject({ code: 'NOT_AUTHENTICATED', message: 'wrong password', askCredentials: true, pauseMs: 250 });
      expect(server.log.text).toBe('');
    });

    test('another error becomes INTERNAL: its text stays in the log of the service', async () => {
      const { client, server } = await single();
      const error = await client.request(fail, { how: 'bug' }, { deadlineMs: DEADLINE_MS }).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'INTERNAL', askCredentials: false });
      expect((error as Error).message).not.toContain('secret of');
      expect(server.log.text).toContain("request 'test.fail' failed: TypeError: a secret of the implementation\n");
      expect(server.log.text).toContain('test-replica.cases.ts');
    });

    test('an invalid request is refused by the service with what is wrong', async () => {
      const { client } = await single();
      const payload = { text: 5 } as unknown as { text: string };
      await expect(client.request(lead, payload, { deadlineMs: DEADLINE_MS })).rejects.toMatchObject({
        code: 'INVALID_MESSAGE',
        message: expect.stringContaining("request 'test.lead' is invalid: text: ") as unknown,
      });
    });

    test('an invalid reply is refused by the client', async () => {
      const { client } = await single();
      await expect(client.request(wrong, {}, { deadlineMs: DEADLINE_MS })).rejects.toMatchObject({
        code: 'INVALID_MESSAGE',
        message: expect.stringContaining("reply to 'test.wrong' of instance a is invalid: count: ") as unknown,
      });
    });

    test('bytes that are no message are refused, requests and replies', async () => {
      const { client, wire, server } = await single();
      const reply = await wire.request('test.lead', Buffer.from('{"text":'), { timeoutMs: DEADLINE_MS });
      expect(JSON.parse(Buffer.from(reply).toString())).toEqual({
        instance: 'a',
        error: { code: 'INVALID_MESSAGE', message: "request 'test.lead' is not JSON" },
      });
      wire.publish('test.told', Buffer.from([0xff, 0xfe]));
      client.emit(told, { number: 1 });
      await expect.poll(() => server.told, { timeout: DEADLINE_MS }).toEqual([1]);
      expect(server.log.text).toContain("event 'test.told' is not JSON");
      for (const bytes of ['', '[]', 'null', '{"instance":"x"}', '{"instance":"x","error":{"code":1}}']) {
        const subscription = wire.subscribe('test.nobody', undefined, (_, respond) => respond(Buffer.from(bytes)));
        await wire.flush();
        const { failures } = await client.gather(nobody, { text: '' }, { deadlineMs: DEADLINE_MS, expect: ['unknown'] });
        expect(failures.map((failure) => failure.error.code)).toEqual(['INVALID_MESSAGE']);
        subscription.unsubscribe();
        await wire.flush();
      }
    });

    test('without a responder the request fails at once', async () => {
      const wire = await (await medium())();
      await replica(wire, 'a');
      const client = new ControlClient(wire);
      const never = { deadlineMs: 1e9 };
      await expect(client.request(lead, { text: '' }, never)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining('no leading control service') as unknown,
      });
      await expect(client.request(one, { text: '' }, { ...never, instance: 'gone' })).rejects.toThrow(
        "instance gone is gone to answer 'test.one'",
      );
      await expect(client.request(anyone, { text: '' }, { ...never, service: 'other' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(await client.gather(nobody, { text: '' }, { ...never, expect: ['a'] })).toEqual({ replies: [], failures: [], missing: ['a'] });
    });

    test('a handler that does not answer costs the deadline, and a late reply harms nobody', async () => {
      const { client } = await single();
      await expect(client.request(hang, {}, { deadlineMs: 20 })).rejects.toMatchObject({
        code: 'TIMED_OUT',
        message: "no answer to 'test.hang' within 20 ms",
      });
      expect(await client.request(lead, { text: 'x' }, { deadlineMs: DEADLINE_MS })).toMatchObject({ by: 'a' });
    });

    test('the signal ends a request, before and while it waits', async () => {
      const { client, server } = await single();
      await expect(client.request(hang, {}, { deadlineMs: 1e9, signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: 'TERMINATED',
      });
      const abort = new AbortController();
      const request = client.request(hang, {}, { deadlineMs: 1e9, signal: abort.signal });
      request.catch(() => undefined);
      await expect.poll(() => server.handled, { timeout: DEADLINE_MS }).toEqual(['hang']);
      abort.abort();
      await expect(request).rejects.toMatchObject({ code: 'TERMINATED' });
    });

    test('closing the wire rejects what waits, and what comes', async () => {
      const { client, wire, server } = await single();
      const request = client.request(hang, {}, { deadlineMs: 1e9 });
      request.catch(() => undefined);
      await expect.poll(() => server.handled, { timeout: DEADLINE_MS }).toEqual(['hang']);
      await wire.close();
      await expect(request).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await expect(client.request(hang, {}, { deadlineMs: 1e9 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(client.emit(told, { number: 1 })).toBe(false);
    });

    test('events reach every instance, in order; a failing handler is logged and stops nothing', async () => {
      const connect = await medium();
      const replicas = [await replica(await connect(), 'a'), await replica(await connect(), 'b')];
      const client = new ControlClient(await connect());
      const numbers = Array.from({ length: 100 }, (_, i) => (i === 50 ? -1 : i));
      for (const number of numbers) expect(client.emit(told, { number })).toBe(true);
      for (const { told: received, log } of replicas) {
        await expect.poll(() => received.length, { timeout: DEADLINE_MS }).toBe(99);
        expect(received).toEqual(numbers.filter((n) => n >= 0));
        expect(log.text).toContain("event 'test.told' was not handled: RangeError: negative");
      }
    });

    test('an instance is addressed by its name', async () => {
      const connect = await medium();
      for (const name of ['a', 'b', 'c']) await replica(await connect(), name);
      const client = new ControlClient(await connect());
      for (const instance of ['b', 'a', 'c']) {
        expect(await client.request(one, { text: '' }, { deadlineMs: DEADLINE_MS, instance })).toEqual({ by: instance });
      }
      await expect(client.request(one, { text: '' }, { deadlineMs: DEADLINE_MS, instance: 'a.*' })).rejects.toMatchObject({
        code: 'INVALID_MESSAGE',
      });
    });

    test('one instance of a service takes a request to any, and all of them get work', async () => {
      const connect = await medium();
      for (const name of ['a', 'b']) await replica(await connect(), name, 'rtsp');
      await replica(await connect(), 'c', 'rtmp');
      const client = new ControlClient(await connect());
      const taken: string[] = [];
      for (let i = 0; i < 60; i++) {
        taken.push((await client.request(anyone, { text: '' }, { deadlineMs: DEADLINE_MS, service: 'rtsp' })).by);
      }
      expect([...new Set(taken)].sort()).toEqual(['a', 'b']);
    });

    test('gather collects replies and failures, and names who is missing at the deadline', async () => {
      const connect = await medium();
      for (const name of ['a', 'b', 'c']) await replica(await connect(), name);
      const client = new ControlClient(await connect());
      const all = await client.gather(everyone, { text: 'b' }, { deadlineMs: 1e9, expect: ['a', 'b', 'c'] });
      expect(all.replies.map(({ instance, reply }) => [instance, reply.by]).sort(([a], [b]) => (a! < b! ? -1 : 1))).toEqual([
        ['a', 'a'],
        ['c', 'c'],
      ]);
      expect(all.failures).toMatchObject([{ instance: 'b', error: { code: 'NOT_FOUND', message: 'not here' } }]);
      expect(all.missing).toEqual([]);
      const [late, open] = await Promise.all([
        client.gather(everyone, { text: '' }, { deadlineMs: 600, expect: ['a', 'b', 'c', 'd'] }),
        client.gather(everyone, { text: '' }, { deadlineMs: 600 }),
      ]);
      expect(late.replies.map((reply) => reply.instance).sort()).toEqual(['a', 'b', 'c']);
      expect(late.missing).toEqual(['d']);
      expect(open.replies).toHaveLength(3);
      const enough = await client.gather(everyone, { text: '' }, { deadlineMs: 1e9, isEnough: ({ by }) => by === 'b' });
      expect(enough.replies.at(-1)).toMatchObject({ instance: 'b' });
      expect(await client.gather(everyone, { text: '' }, { deadlineMs: 1e9, expect: [] })).toEqual({
        replies: [],
        failures: [],
        missing: [],
      });
    });

    test('requests to control follow the leader', async () => {
      const connect = await medium();
      const a = await replica(await connect(), 'a');
      const b = await replica(await connect(), 'b');
      const client = new ControlClient(await connect());
      const ask = async (): Promise<string> => (await client.request(lead, { text: '' }, { deadlineMs: DEADLINE_MS })).by;
      await a.server.setLeading(true);
      expect([await ask(), await ask()]).toEqual(['a', 'a']);
      await a.server.setLeading(false);
      await expect(ask()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await b.server.setLeading(true);
      expect([await ask(), await ask()]).toEqual(['b', 'b']);
      await b.close();
      await expect(ask()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    });

    test('messages up to the limit pass, larger ones are refused on either side', async () => {
      const { client } = await single();
      const overhead = JSON.stringify({ instance: 'a', value: { by: 'a', text: '' } }).length;
      const largest = 'x'.repeat(MAX_WIRE_MESSAGE_BYTES - overhead);
      expect((await client.request(lead, { text: largest }, { deadlineMs: DEADLINE_MS })).text).toHaveLength(largest.length);
      await expect(client.request(lead, { text: `${largest}x` }, { deadlineMs: DEADLINE_MS })).rejects.toMatchObject({
        code: 'INVALID_MESSAGE',
        message: expect.stringContaining('the limit is 1048576') as unknown,
      });
      await expect(client.request(lead, { text: 'x'.repeat(MAX_WIRE_MESSAGE_BYTES) }, { deadlineMs: DEADLINE_MS })).rejects.toMatchObject({
        code: 'INVALID_MESSAGE',
      });
    });
  });
}
