import { randomUUID } from 'node:crypto';
import { InProcessWire, InstanceIdentity, Logging, MemorySink, createPlatform } from '@mediamesh/platform';
import { expect, test } from 'vitest';
import { MAX_PASSED_ON, SessionDirectory } from './session-directory.ts';

const { logger } = new Logging({ level: 'debug', sinks: [new MemorySink()] });
const { client } = createPlatform({ identity: InstanceIdentity.read('webrtc', {}), wire: new InProcessWire(), logger });

test('so many requests are passed on at once, and not one more; nobody there means that there is no such session', async () => {
  const directory = new SessionDirectory(client, 'webrtc-here');
  const end = (): Promise<void> => directory.end({ secret: randomUUID(), instance: 'webrtc-elsewhere' });
  const results = await Promise.allSettled(Array.from({ length: MAX_PASSED_ON + 1 }, end));
  const codes = results.map((result) => result.status === 'rejected' && (result.reason as { code: string }).code);
  expect(new Set(codes.splice(0, MAX_PASSED_ON))).toEqual(new Set(['NOT_FOUND']));
  expect(codes).toEqual(['UNAVAILABLE']);
  await expect(end()).rejects.toMatchObject({ code: 'NOT_FOUND', message: 'session not found' });
});

test.each(['webrtc-here', undefined])('a session of the instance %s is looked for here', async (instance) => {
  const directory = new SessionDirectory(client, 'webrtc-here');
  await expect(directory.trickle({ secret: randomUUID(), instance }, { candidates: [] })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
