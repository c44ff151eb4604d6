import { SLATE_SOURCE } from '@mediamesh/contracts';
import { InProcessWire } from '@mediamesh/platform';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SourceOrder } from '../sources.ts';
import { waitForImmediate } from '../stream.cases.ts';
import { SETTINGS, TestControl } from '../testing/test-control.ts';
import { TestGateway } from '../testing/test-gateway.ts';
import { MAX_SLATE_FILE_BYTES, openSlate } from './open-slate.ts';
import { SlateSource } from './slate-source.ts';

const ORDER: SourceOrder = {
  sourceId: 'x.slate',
  path: 'cam',
  sourceType: SLATE_SOURCE,
  url: '',
  onDemand: false,
  feed: 0,
  silenceTimeoutMs: 0,
  options: { alwaysAvailableTracks: [{ codec: 'H264', sampleRate: 0, channelCount: 0, muLaw: false }] },
};

let control: TestControl;
let side: TestGateway;

beforeEach(async () => {
  const wire = new InProcessWire();
  control = await TestControl.open(wire);
  side = await TestGateway.open(wire);
});

afterEach(async () => {
  await side.close();
  await control.close();
});

test('plays when the path is its own, rests while it is not, and ends when it is stopped', async () => {
  const source = new SlateSource(ORDER, side.gateway);
  const run = source.run();
  await waitForImmediate(() => side.gateway.held.publishers.get('x.slate')?.ready === true);
  const first = await side.bus.tail('cam', 1);
  expect(first?.last.key).toBe(true);

  control.script.publish = () => ({ epoch: 0, standby: true, settings: SETTINGS });
  side.gateway.held.supersede('x.slate', 'closed by another publisher');
  await waitForImmediate(() => control.script.heard.filter((line) => line.startsWith('publish')).length === 2);
  control.script.publish = () => ({ epoch: 3, continues: 1, settings: SETTINGS });
  side.gateway.held.publishers.get('x.slate')!.call();
  await waitForImmediate(() => side.gateway.held.publishers.get('x.slate')?.ready === true);
  const again = await side.bus.tail('cam', 3);
  expect(again?.last.key).toBe(true);
  expect(again!.last.dtsTicks).toBeGreaterThan(first!.last.dtsTicks);

  await source.stop('path is closing');
  expect(await run).toEqual({ reason: 'path is closing', expected: true });
  expect(side.gateway.held.publishers.size).toBe(0);
});

test('stopped before it has begun', async () => {
  const source = new SlateSource(ORDER, side.gateway);
  const run = source.run();
  await source.stop('path is closing');
  expect((await run).expected).toBe(true);
});

test('content that is not there is an error of the source', async () => {
  const options = { alwaysAvailableTracks: [], alwaysAvailableFile: '/nonexistent.mp4' };
  await expect(new SlateSource({ ...ORDER, options }, side.gateway).run()).rejects.toThrow('ENOENT');
});

test('a file is as large as the limit at most', async () => {
  await expect(openSlate({ alwaysAvailableTracks: [], alwaysAvailableFile: '/dev/null' })).rejects.toThrow();
  expect(MAX_SLATE_FILE_BYTES).toBe(256 * 1024 * 1024);
});
