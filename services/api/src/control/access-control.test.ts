import { DEFAULT_AUTH_USERS, defaultGlobalConfig } from '@mediamesh/config';
import type { AccessRequest, ControlError } from '@mediamesh/contracts';
import { describe, expect, test } from 'vitest';
import { AccessControl, MAX_PAUSING_REFUSALS } from './access-control.ts';
import { MAX_AUTH_TIMEOUT_MS } from './auth-method.ts';
import type { AuthConfig } from './auth-method.ts';

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

/** A clock whose timers run at once. */
function control(): AccessControl {
  const clock = {
    nowMs: () => 0,
    after: (_: number, callback: () => void) => {
      callback();
      return () => {};
    },
  };
  return new AccessControl({ clock, random: () => 0.5 });
}

function configOf(change: Partial<AuthConfig>): AuthConfig {
  return { ...defaultGlobalConfig(), ...change };
}

describe('internal users', () => {
  test('the default lets everyone read', async () => {
    const access = control();
    access.configure(configOf({ authInternalUsers: DEFAULT_AUTH_USERS }));
    expect(await access.decide(ACCESS)).toEqual({ user: '' });
  });

  test('who sent nothing is asked at once, who sent wrong credentials waits', async () => {
    const access = control();
    access.configure(configOf({ authInternalUsers: [ALICE] }));
    await expect(access.decide(ACCESS)).rejects.toMatchObject({ code: 'NOT_AUTHENTICATED', askCredentials: true, pauseMs: 0 });
    await expect(access.decide({ ...ACCESS, ...presenting('alice', 'x') })).rejects.toMatchObject({
      askCredentials: false,
      pauseMs: 2_000,
    });
    expect(await access.decide({ ...ACCESS, ...presenting('alice', 'secret') })).toEqual({ user: 'alice' });
  });

  test.each([
    ['nothing, from a client that cannot be asked', { canAsk: false }],
    ['a token alone, which nobody has', { credentials: { user: '', pass: '', token: 't' } }],
    ['an action that is not permitted', { ...presenting('alice', 'secret'), action: 'publish' as const }],
  ])('%s is refused after a pause, and not asked', async (_, more) => {
    const access = control();
    access.configure(configOf({ authInternalUsers: [ALICE] }));
    const refusal = { code: 'NOT_AUTHENTICATED', askCredentials: false, pauseMs: 2_000 };
    await expect(access.decide({ ...ACCESS, ...more })).rejects.toMatchObject(refusal);
  });

  test('before it is configured nobody is let in', async () => {
    await expect(control().decide(ACCESS)).rejects.toMatchObject({ code: 'NOT_AUTHENTICATED' });
  });

  test('a Digest is proven by the gateway, with what it needs for that', async () => {
    const access = control();
    access.configure(configOf({ authInternalUsers: [ALICE] }));
    const granted = await access.decide({ ...ACCESS, ...presenting('alice', ''), digest: true });
    expect(granted).toEqual({ user: 'alice', digestUsers: [{ user: 'alice', pass: 'secret' }] });
    expect(await access.decide({ ...ACCESS, ...presenting('alice', ''), digest: true, authorized: true })).toEqual({ user: 'alice' });
  });
});

describe('refusals that pause', () => {
  /** A clock whose timers run when the test says so. */
  function held(): { readonly access: AccessControl; release(): void } {
    const callbacks: (() => void)[] = [];
    const after = (_: number, callback: () => void): (() => void) => {
      callbacks.push(callback);
      return () => {};
    };
    const access = new AccessControl({ clock: { nowMs: () => 0, after } });
    access.configure(configOf({ authInternalUsers: [ALICE] }));
    return { access, release: () => callbacks.splice(0).forEach((callback) => callback()) };
  }
  /** What came of it at once: whoever asked can write it to the log, and answers when the pause is over. */
  const refused = (access: AccessControl, change: Partial<AccessRequest> = {}): Promise<string> =>
    access.decide({ ...ACCESS, ...presenting('alice', 'wrong'), ...change }).then(
      () => 'allowed',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );

  test('hold up nobody', async () => {
    const { access, release } = held();
    const refusal = await access.decide({ ...ACCESS, ...presenting('alice', 'wrong') }).catch((error: unknown) => error as ControlError);
    let isAnswered = false;
    const answered = access.pause(refusal as ControlError).then(() => (isAnswered = true));
    expect(await access.decide({ ...ACCESS, ...presenting('alice', 'secret') })).toEqual({ user: 'alice' });
    expect(isAnswered).toBe(false);
    release();
    await answered;
  });

  test.each([
    ['192.0.2.1', 'too many failed attempts from this address'],
    ['', 'allowed'],
  ])('of an address, %j, are so many at most; others are heard, and it is too when they are over', async (ip, answer) => {
    const { access, release } = held();
    for (let count = 1; count < MAX_PAUSING_REFUSALS; count++) expect(await refused(access, { ip })).toBe('authentication failed');
    expect(await refused(access, { ip, ...presenting('alice', 'secret') })).toBe('allowed');
    expect(await refused(access, { ip })).toBe('authentication failed');
    expect(await refused(access, { ip, ...presenting('alice', 'secret') })).toBe(answer);
    expect(await refused(access, { ip: '192.0.2.2', ...presenting('alice', 'secret') })).toBe('allowed');
    release();
    expect(await refused(access, { ip, ...presenting('alice', 'secret') })).toBe('allowed');
  });
});

describe('the method', () => {
  const JWT = configOf({ authMethod: 'jwt', authJWTJWKS: 'http://jwks.example' });
  const TOKEN: Partial<AccessRequest> = { credentials: { user: '', pass: '', token: 'a.b.c' } };

  /** Counts what servers are asked. */
  function counting(): { readonly access: AccessControl; readonly asked: { url: string; timeoutMs: number }[] } {
    const asked: { url: string; timeoutMs: number }[] = [];
    const clock = {
      nowMs: () => 0,
      after: (_: number, callback: () => void) => {
        callback();
        return () => {};
      },
    };
    const http = ({ url, timeoutMs }: { url: string; timeoutMs: number }) => {
      asked.push({ url, timeoutMs });
      return Promise.resolve({ status: 200, body: '{"keys":[]}' });
    };
    return { access: new AccessControl({ clock, http }), asked };
  }

  test('http: a server decides, in time for gateways', async () => {
    const { access, asked } = counting();
    access.configure(configOf({ authMethod: 'http', authHTTPAddress: 'http://auth.example', readTimeout: 60_000 }));
    expect(await access.decide({ ...ACCESS, ...presenting('bob', 'x') })).toEqual({ user: 'bob' });
    expect(asked).toEqual([{ url: 'http://auth.example', timeoutMs: MAX_AUTH_TIMEOUT_MS }]);
  });

  test('jwt: keys are kept through changes of other keys, and fetched anew on demand', async () => {
    const { access, asked } = counting();
    const attempt = () => expect(access.decide({ ...ACCESS, ...TOKEN })).rejects.toMatchObject({ code: 'NOT_AUTHENTICATED' });
    access.configure(JWT);
    await attempt();
    access.configure({ ...JWT });
    await attempt();
    expect(asked).toHaveLength(1);
    access.refreshKeys();
    await attempt();
    expect(asked).toHaveLength(2);
    access.configure({ ...JWT, authJWTIssuer: 'somebody' });
    await attempt();
    expect(asked).toHaveLength(3);
  });

  test('internal has no keys to fetch', () => {
    const { access, asked } = counting();
    access.configure(configOf({}));
    access.refreshKeys();
    expect(asked).toEqual([]);
  });
});
