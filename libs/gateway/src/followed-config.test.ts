import type { Component } from '@mediamesh/config';
import { InProcessWire, Logging, MemorySink } from '@mediamesh/platform';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FollowedConfig } from './followed-config.ts';
import { TestControl } from './testing/test-control.ts';
import { TestGateway } from './testing/test-gateway.ts';

let control: TestControl;
let side: TestGateway;
let done: string[];
let failure: Error | undefined;
let opened: readonly Component[];
let closed: readonly Component[];

beforeEach(async () => {
  const wire = new InProcessWire();
  control = await TestControl.open(wire);
  side = await TestGateway.open(wire);
  done = [];
  failure = undefined;
});
afterEach(async () => {
  await side.close();
  await control.close();
});

function followed(
  environment: Readonly<Record<string, string>> = {},
  components: readonly Component[] = ['hls', 'pathManager'],
): FollowedConfig {
  return new FollowedConfig({
    gateway: side.gateway,
    logger: new Logging({ level: 'debug', sinks: [new MemorySink()] }).logger,
    environment,
    components,
    configureLog: ({ logLevel }) => void done.push(`log ${logLevel}`),
    adopt: ({ readTimeout }) => void done.push(`adopt ${readTimeout}`),
    open: async ({ hlsAddress }, own) => {
      await Promise.resolve();
      if (failure !== undefined) throw failure;
      done.push(`open ${hlsAddress}`);
      opened = [...own];
    },
    close: async (reason, own) => {
      await Promise.resolve();
      done.push(`close ${reason}`);
      closed = [...own];
    },
  });
}

function changed(config: Readonly<Record<string, unknown>>): void {
  control.script.config = config;
  control.script.revision++;
}

describe('FollowedConfig', () => {
  test('opens with the first configuration, and again only when a change concerns it', async () => {
    const config = followed();
    expect(() => config.current).toThrow('not there yet');
    await config.start(new AbortController().signal);
    expect(config.current.hlsAddress).toBe(':8888');
    changed({ readTimeout: '3s' });
    await config.reconfigure();
    changed({ readTimeout: '3s', rtspAddress: ':1' });
    await config.reconfigure();
    changed({ readTimeout: '3s', rtspAddress: ':1', hlsAddress: ':2' });
    await config.reconfigure();
    expect(done.filter((step) => step.startsWith('open'))[0]).toBe('open :8888');
    expect(done.at(-2)).toBe('close the configuration has changed');
    expect(done.at(-1)).toBe('open :2');
    expect(done).toContain('adopt 3000');
    expect(side.gateway.configRevision).toBe(4);
  });

  test.each<[Readonly<Record<string, unknown>>, readonly Component[]]>([
    [{ rtspsAddress: ':1' }, ['rtsps']],
    [{ rtpAddress: ':2', rtcpAddress: ':3' }, ['rtsp']],
    [{ rtspAuthMethods: ['digest'] }, ['rtsp', 'rtsps']],
    [{ writeQueueSize: 1024 }, ['rtsp', 'rtsps', 'pathManager']],
  ])('%j closes and opens only %j', async (change, expected) => {
    const config = followed({}, ['rtsp', 'rtsps', 'pathManager']);
    await config.start(new AbortController().signal);
    expect(opened).toEqual(['rtsp', 'rtsps', 'pathManager']);
    changed(change);
    await config.reconfigure();
    expect([closed, opened]).toEqual([expected, expected]);
    await config.stop();
    expect(closed).toEqual(['rtsp', 'rtsps', 'pathManager']);
  });

  test('the log is configured before anything opens, and again when a key of it changes', async () => {
    const config = followed();
    await config.start(new AbortController().signal);
    expect(done).toEqual(['adopt 10000', 'log info', 'open :8888']);
    done = [];
    changed({ hlsAddress: ':2' });
    await config.reconfigure();
    expect(done.filter((step) => step.startsWith('log'))).toEqual([]);
    changed({ hlsAddress: ':2', logLevel: 'debug' });
    await config.reconfigure();
    changed({ hlsAddress: ':2', logLevel: 'debug', logStructured: true });
    await config.reconfigure();
    expect(done.filter((step) => step.startsWith('log'))).toEqual(['log debug', 'log debug']);
  });

  test("streams are stamped and kept as it says; this process's environment overrides it", async () => {
    control.script.config = { hls: false, hlsSegmentCount: 4 };
    const config = followed({ MTX_HLSSEGMENTCOUNT: '5', MTX_HLSADDRESS: ':7' });
    await config.start(new AbortController().signal);
    expect(side.gateway.segmentDurations).toEqual({ segmentDurationMs: 1_000, partDurationMs: 200, segmentCount: 5 });
    expect(side.gateway.keepsPlaylist).toBe(false);
    expect(done.at(-1)).toBe('open :7');
  });

  test('changes that come at once are one after the other; after the stop nothing is opened', async () => {
    const config = followed();
    await config.start(new AbortController().signal);
    done = [];
    changed({ hlsAddress: ':2' });
    const steps = [config.reconfigure(), config.reconfigure(), config.stop(), config.reconfigure()];
    await Promise.all(steps);
    expect(done.filter((step) => !step.startsWith('adopt'))).toEqual(['close terminated']);
  });

  test('what does not open is told, and the next change is another try', async () => {
    const config = followed();
    failure = new Error('the port is taken');
    await expect(config.start(new AbortController().signal)).rejects.toBe(failure);
    failure = undefined;
    changed({ hlsAddress: ':2' });
    await config.reconfigure();
    expect(done.at(-1)).toBe('open :2');
  });

  test('waits until somebody leads', async () => {
    await control.setLeading(false);
    const config = followed();
    const gone = new AbortController();
    const started = config.start(gone.signal);
    gone.abort(new Error('the process ends'));
    await expect(started).rejects.toThrow();
    expect(done).toEqual([]);
  });
});
