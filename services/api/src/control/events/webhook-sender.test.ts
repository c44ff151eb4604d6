import { createHmac } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestClock } from '../control-rig.cases.ts';
import type { ControlEvent } from './control-event.ts';
import { webhookFile } from './webhook-files.ts';
import { MAX_QUEUED_EVENTS, WebhookQueue } from './webhook-queue.ts';
import { MAX_EVENT_AGE_MS, WebhookSender } from './webhook-sender.ts';
import type { Delivery } from './webhook-sender.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'webhooks-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const event = (number: number, kind: ControlEvent['kind'] = 'path.available'): ControlEvent => ({
  id: `7-${number}`,
  time: '2026-01-01T00:00:00.000Z',
  kind,
  path: 'cam',
  data: {},
});

/** A receiver that answers as the test says. */
class Receiver {
  readonly clock = new TestClock();
  readonly deliveries: Delivery[] = [];
  readonly lines: string[] = [];
  answer: 'ok' | 'refuse' = 'ok';
  readonly file = join(folder, 'state', 'webhooks', 'x.jsonl');

  sender(options: { events?: readonly string[]; secret?: string; file?: string | undefined } = {}): WebhookSender {
    const { events = [], secret = '', file = this.file } = options;
    return new WebhookSender({
      url: 'https://receiver.example/hook',
      events,
      secret,
      queue: new WebhookQueue(file, (message) => this.lines.push(message)),
      clock: this.clock,
      wallMs: () => 1_700_000_000_000 + this.clock.nowMs(),
      post: async (delivery) => {
        this.deliveries.push(delivery);
        if (this.answer === 'refuse') throw new Error('answered with 503');
      },
      log: (level, message) => this.lines.push(`${level} ${message}`),
    });
  }

  get ids(): readonly string[] {
    return this.deliveries.map(({ body }) => (JSON.parse(body) as ControlEvent).id);
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('events are sent one after the other, with a signature', async () => {
  const receiver = new Receiver();
  const sender = receiver.sender({ secret: 'shared' });
  sender.take(event(1));
  sender.take(event(2));
  expect(receiver.deliveries).toHaveLength(1);
  await settled();
  expect(receiver.ids).toEqual(['7-1', '7-2']);
  const [{ url, headers, body } = receiver.deliveries[0]!] = receiver.deliveries;
  expect(url).toBe('https://receiver.example/hook');
  expect(JSON.parse(body)).toEqual(event(1));
  const signature = createHmac('sha256', 'shared').update(`1700000000.${body}`).digest('hex');
  expect(headers).toMatchObject({
    'Content-Type': 'application/json',
    'X-MediaMesh-Event': '7-1',
    'X-MediaMesh-Timestamp': '1700000000',
    'X-MediaMesh-Signature': `sha256=${signature}`,
  });
});

test('only kinds that are wanted, and no signature without a secret', async () => {
  const receiver = new Receiver();
  const sender = receiver.sender({ events: ['path.unavailable'] });
  sender.take(event(1));
  sender.take(event(2, 'path.unavailable'));
  await settled();
  expect(receiver.ids).toEqual(['7-2']);
  expect(receiver.deliveries[0]!.headers).not.toHaveProperty('X-MediaMesh-Signature');
});

test('a receiver that is away gets everything in order when it is back', async () => {
  const receiver = new Receiver();
  receiver.answer = 'refuse';
  const sender = receiver.sender();
  for (const number of [1, 2, 3]) sender.take(event(number));
  await settled();
  for (const delayMs of [1_000, 2_000, 4_000]) {
    receiver.clock.advance(delayMs - 1);
    await settled();
    const before = receiver.deliveries.length;
    receiver.clock.advance(1);
    await settled();
    expect(receiver.deliveries).toHaveLength(before + 1);
  }
  expect(receiver.ids).toEqual(['7-1', '7-1', '7-1', '7-1']);
  receiver.answer = 'ok';
  receiver.clock.advance(8_000);
  await settled();
  expect(receiver.ids.filter((_, index) => index >= 4)).toEqual(['7-1', '7-2', '7-3']);
  expect(receiver.lines).toEqual([
    'warn https://receiver.example/hook: answered with 503; trying again',
    'info https://receiver.example/hook answers again, 3 events are on their way',
  ]);
});

test('an event that is too old is given up', async () => {
  const receiver = new Receiver();
  receiver.answer = 'refuse';
  const sender = receiver.sender();
  sender.take(event(1));
  await settled();
  for (let time = 0; time <= MAX_EVENT_AGE_MS + 120_000 && sender.dead === 0; time += 60_000) {
    receiver.clock.advance(60_000);
    await settled();
  }
  expect(sender.dead).toBe(1);
  expect(receiver.lines.at(-1)).toBe('error https://receiver.example/hook: an event is given up, because it is too old');
});

test('a queue that is full loses the oldest', async () => {
  const receiver = new Receiver();
  receiver.answer = 'refuse';
  const sender = receiver.sender({ file: join(folder, 'full.jsonl') });
  await settled();
  for (let number = 1; number <= MAX_QUEUED_EVENTS + 1; number++) sender.take(event(number));
  expect(sender.dead).toBe(1);
  sender.stop();
});

test('what was not delivered survives the process, and a line that is cut is passed over', async () => {
  const receiver = new Receiver();
  receiver.answer = 'refuse';
  const first = receiver.sender();
  for (const number of [1, 2]) first.take(event(number));
  await settled();
  first.stop();
  appendFileSync(receiver.file, '{"id":"7-3","queued');
  expect(statSync(receiver.file).mode & 0o777).toBe(0o600);
  receiver.answer = 'ok';
  receiver.deliveries.length = 0;
  receiver.sender();
  await settled();
  expect(receiver.ids).toEqual(['7-1', '7-2']);
  expect(readFileSync(receiver.file, 'utf8')).toBe('');
});

test('who leads next goes on with what is left, even if the one before does not know yet', async () => {
  const receiver = new Receiver();
  const fileOf = (term: number): string => webhookFile(join(folder, 'shared'), '0123456789abcdef', term);
  receiver.answer = 'refuse';
  const before = receiver.sender({ file: fileOf(9) });
  for (const number of [1, 2]) before.take(event(number));
  await settled();
  const next = receiver.sender({ file: fileOf(10) });
  await settled();
  before.take(event(3));
  next.take(event(4));
  receiver.answer = 'ok';
  receiver.deliveries.length = 0;
  receiver.clock.advance(1_000);
  await settled();
  expect(new Set(receiver.ids)).toEqual(new Set(['7-1', '7-2', '7-3', '7-4']));
  before.take(event(5));
  before.stop();
  receiver.deliveries.length = 0;
  receiver.sender({ file: fileOf(11) });
  await settled();
  expect(receiver.ids).toEqual(['7-5']);
});

test('a directory that cannot be written is told, and events are delivered all the same', async () => {
  const receiver = new Receiver();
  writeFileSync(join(folder, 'file'), '');
  const sender = receiver.sender({ file: join(folder, 'file', 'x.jsonl') });
  sender.take(event(1));
  await settled();
  expect(receiver.ids).toEqual(['7-1']);
  expect(receiver.lines).toEqual([expect.stringContaining('events that are not delivered yet will be lost at the end')]);
});
