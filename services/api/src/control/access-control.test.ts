import { DEFAULT_AUTH_USERS } from '@mediamesh/config';
import type { AccessRequest } from '@mediamesh/contracts';
import { describe, expect, test } from 'vitest';
import { AccessControl } from './access-control.ts';

const ACCESS: AccessRequest = {
  action: 'read',
  path: 'cam',
  query: '',
  protocol: 'rtsp',
  id: null,
  ip: '192.0.2.1',
  userAgent: '',
  credentials: { user: '', pass: '', token: '' },
  canAsk: true,
  digest: false,
  authorized: false,
};
const ALICE = { user: 'alice', pass: 'secret', ips: [], permissions: [{ action: 'read', path: '' }] } as const;
const presenting = (user: string, pass: string): Partial<AccessRequest> => ({ credentials: { user, pass, token: '' } });

/** A clock whose timers run at once, and are written down. */
function control(pauses: number[] = []): AccessControl {
  const clock = {
    nowMs: () => 0,
    after: (delayMs: number, callback: () => void) => {
      pauses.push(delayMs);
      callback();
      return () => {};
    },
  };
  return new AccessControl(clock, () => 0.5);
}

describe('internal users', () => {
  test('the default lets everyone read', async () => {
    const access = control();
    access.configure({ authMethod: 'internal', authInternalUsers: DEFAULT_AUTH_USERS });
    expect(await access.decide(ACCESS)).toEqual({ user: '' });
  });

  test('who sent nothing is asked at once, who sent wrong credentials waits', async () => {
    const pauses: number[] = [];
    const access = control(pauses);
    access.configure({ authMethod: 'internal', authInternalUsers: [ALICE] });
    await expect(access.decide(ACCESS)).rejects.toMatchObject({ code: 'NOT_AUTHENTICATED', askCredentials: true });
    expect(pauses).toEqual([]);
    await expect(access.decide({ ...ACCESS, ...presenting('alice', 'x') })).rejects.toMatchObject({ askCredentials: false });
    expect(pauses).toEqual([2_000]);
    expect(await access.decide({ ...ACCESS, ...presenting('alice', 'secret') })).toEqual({ user: 'alice' });
  });

  test.each([
    ['nothing, from a client that cannot be asked', { canAsk: false }],
    ['a token alone, which nobody has', { credentials: { user: '', pass: '', token: 't' } }],
    ['an action that is not permitted', { ...presenting('alice', 'secret'), action: 'publish' as const }],
  ])('%s is refused after a pause, and not asked', async (_, more) => {
    const pauses: number[] = [];
    const access = control(pauses);
    access.configure({ authMethod: 'internal', authInternalUsers: [ALICE] });
    await expect(access.decide({ ...ACCESS, ...more })).rejects.toMatchObject({ code: 'NOT_AUTHENTICATED', askCredentials: false });
    expect(pauses).toEqual([2_000]);
  });

  test('before it is configured nobody is let in', async () => {
    await expect(control().decide(ACCESS)).rejects.toMatchObject({ code: 'NOT_AUTHENTICATED' });
  });

  test('a Digest is proven by the gateway, with what it needs for that', async () => {
    const access = control();
    access.configure({ authMethod: 'internal', authInternalUsers: [ALICE] });
    const granted = await access.decide({ ...ACCESS, ...presenting('alice', ''), digest: true });
    expect(granted).toEqual({ user: 'alice', digestUsers: [{ user: 'alice', pass: 'secret' }] });
    expect(await access.decide({ ...ACCESS, ...presenting('alice', ''), digest: true, authorized: true })).toEqual({ user: 'alice' });
  });
});

test.each(['http', 'jwt'] as const)('authMethod %s is not there: nobody is let in, and nobody is asked', async (authMethod) => {
  const access = control();
  access.configure({ authMethod, authInternalUsers: DEFAULT_AUTH_USERS });
  const refusal = {
    code: 'NOT_AUTHENTICATED',
    askCredentials: false,
    message: expect.stringContaining(`authMethod '${authMethod}'`) as string,
  };
  await expect(access.decide(ACCESS)).rejects.toMatchObject(refusal);
});
