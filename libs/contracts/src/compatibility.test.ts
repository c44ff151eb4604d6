import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import * as contracts from './index.ts';
import { CONTROL_ERROR_CODES, ControlError } from './index.ts';
import type { EventContract, RequestContract } from './index.ts';

/**
 * Messages of this version and of those before it, as they were sent: services of two versions run side by side during an upgrade.
 * A folder a version: the newest follows the contracts as they grow, the others never change.
 */
const TESTDATA = new URL('testdata/', import.meta.url);
const VERSIONS = readdirSync(TESTDATA).sort();
const NEWEST = VERSIONS.at(-1) ?? '';
const ERROR_CODES = 'error-codes.json';

function read(version: string, file: string): unknown {
  return JSON.parse(readFileSync(new URL(`${version}/${file}`, TESTDATA), 'utf8'));
}

type Contract = RequestContract | EventContract;
const CONTRACTS = (Object.values(contracts) as unknown[]).filter(isContract);

function isContract(value: unknown): value is Contract {
  return typeof value === 'object' && value !== null && 'name' in value && ('to' in value || 'payload' in value);
}

/** Each stored message of a contract with the schema that must accept it. */
function messagesOf(contract: Contract, version: string): { what: string; schema: z.ZodType; message: object }[] {
  const file = read(version, `${contract.name}.json`) as { requests?: object[]; replies?: object[]; payloads?: object[] };
  const of = (what: string, schema: z.ZodType, messages: object[] | undefined): { what: string; schema: z.ZodType; message: object }[] =>
    (messages ?? []).map((message, i) => ({ what: `${what} ${i}`, schema, message }));
  if ('payload' in contract) return of('payload', contract.payload, file.payloads);
  return [...of('request', contract.request, file.requests), ...of('reply', contract.reply, file.replies)];
}

describe('messages', () => {
  test('names are unique, and there is a contract for each stored message', () => {
    const names = CONTRACTS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const version of VERSIONS) {
      const stored = readdirSync(new URL(`${version}/`, TESTDATA)).filter((file) => file !== ERROR_CODES);
      expect(names).toEqual(expect.arrayContaining(stored.map((file) => file.replace(/\.json$/u, ''))));
    }
  });

  test.each(CONTRACTS.map((contract) => [contract.name, contract] as const))(
    '%s is stored in this version, each side of it',
    (_, contract) => {
      const sides = new Set(messagesOf(contract, NEWEST).map(({ what }) => what.split(' ')[0]));
      expect([...sides]).toEqual('payload' in contract ? ['payload'] : ['request', 'reply']);
    },
  );

  describe.each(VERSIONS)('of version %s', (version) => {
    const stored = readdirSync(new URL(`${version}/`, TESTDATA));
    const cases = CONTRACTS.filter(({ name }) => stored.includes(`${name}.json`)).flatMap((contract) =>
      messagesOf(contract, version).map((entry) => [contract.name, entry.what, entry] as const),
    );

    test.each(cases)('%s, %s: is accepted, and nothing of it is lost', (_, __, { schema, message }) => {
      expect(schema.parse(message)).toMatchObject(message);
    });

    test.each(cases)('%s, %s: a field of a later version is ignored', (_, __, { schema, message }) => {
      expect(schema.parse({ ...message, ofALaterVersion: { deep: [1] } })).toEqual(schema.parse(message));
    });

    test.each(cases)('%s, %s: another type of message is refused', (_, __, { schema }) => {
      for (const other of [null, [], 'text', 1]) expect(schema.safeParse(other).success).toBe(false);
    });

    test('its error codes are known', () => {
      expect(CONTROL_ERROR_CODES).toEqual(expect.arrayContaining(read(version, ERROR_CODES) as string[]));
    });
  });

  test('all error codes are stored in this version', () => {
    expect(read(NEWEST, ERROR_CODES)).toEqual([...CONTROL_ERROR_CODES]);
  });
});

describe('limits of values', () => {
  const access = { ...(read(NEWEST, 'session.authorize.json') as { requests: { access: object }[] }).requests[0]?.access };
  const accepts = (change: object): boolean => contracts.accessRequest.safeParse({ ...access, ...change }).success;

  test.each([
    ['path', 1024],
    ['query', 8192],
    ['userAgent', 1024],
  ])('%s has up to %i characters', (field, limit) => {
    expect(accepts({ [field]: 'x'.repeat(limit) })).toBe(true);
    expect(accepts({ [field]: 'x'.repeat(limit + 1) })).toBe(false);
  });

  test('a path name has 1 to 1024 characters', () => {
    const lengths = [0, 1, 1024, 1025].map((length) => contracts.pathName.safeParse('x'.repeat(length)).success);
    expect(lengths).toEqual([false, true, true, false]);
  });

  test.each([
    [0, true],
    [Number.MAX_SAFE_INTEGER, true],
    [Number.MAX_SAFE_INTEGER + 1, false],
    [-1, false],
    [0.5, false],
    [Number.NaN, false],
    ['1', false],
  ])('counter %s: %s', (value, expected) => {
    expect(contracts.counter.safeParse(value).success).toBe(expected);
    expect(contracts.epoch.safeParse(value).success).toBe(expected);
  });

  test('the health of so many streams is asked for at once', () => {
    const accepts = (count: number): boolean =>
      contracts.healthList.request.safeParse({ paths: Array.from({ length: count }, (_, i) => `cam${i}`) }).success;
    expect([accepts(contracts.MAX_HEALTH_PATHS), accepts(contracts.MAX_HEALTH_PATHS + 1)]).toEqual([true, false]);
  });

  test('digest is off when a message does not say', () => {
    expect(contracts.accessRequest.parse({ ...access, digest: undefined }).digest).toBe(false);
  });
});

test('ControlError keeps its code, cause and whether to ask for credentials', () => {
  const cause = new Error('why');
  const error = new ControlError('NOT_AUTHENTICATED', 'wrong', { cause, askCredentials: true });
  expect(error).toMatchObject({ name: 'ControlError', code: 'NOT_AUTHENTICATED', message: 'wrong', cause, askCredentials: true });
  expect(new ControlError('INTERNAL', 'x').askCredentials).toBe(false);
});
