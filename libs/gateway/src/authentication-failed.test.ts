import { ControlError } from '@mediamesh/contracts';
import { Logging, MemorySink } from '@mediamesh/platform';
import { expect, test } from 'vitest';
import { authenticationFailed } from './authentication-failed.ts';

const REFUSAL = new ControlError('NOT_AUTHENTICATED', 'authentication failed', { pauseMs: 1 });

function rig() {
  const sink = new MemorySink();
  return { sink, logger: new Logging({ level: 'info', sinks: [sink] }).logger.child('conn 192.0.2.1:5') };
}

test('it is written to the log before the client waits', async () => {
  const { sink, logger } = rig();
  const answered = authenticationFailed(logger, REFUSAL);
  expect(sink.text).toMatch(/\[conn 192\.0\.2\.1:5\] failed to authenticate: authentication failed/);
  await answered;
});

test.each([
  ['who is asked for credentials', new ControlError('NOT_AUTHENTICATED', 'x', { askCredentials: true })],
  ['another refusal', new ControlError('NO_STREAM', 'x')],
  ['what is none of control', new Error('x')],
])('%s: nothing is written', async (_, error) => {
  const { sink, logger } = rig();
  await authenticationFailed(logger, error);
  expect(sink.entries).toEqual([]);
});
