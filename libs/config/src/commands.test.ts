import { describe, expect, test } from 'vitest';
import { parseConfigText } from './config-file.ts';
import { hasCommands, refuseNewCommands } from './commands.ts';
import { resolveConfig } from './resolve.ts';

const BEFORE = 'runOnConnect: a\npathDefaults: {runOnRead: b}\npaths: {cam: {runOnInit: c}}';

describe('after a change, commands', () => {
  test.each([
    ['stay', BEFORE],
    ['go', 'paths: {cam: {}}'],
    ['are emptied', 'runOnConnect: ""\npathDefaults: {runOnRead: ""}\npaths: {cam: {runOnInit: ""}}'],
    ['stay while other keys change', `${BEFORE}\nrunOnConnectRestart: yes\nlogLevel: debug`],
  ])('%s', (_, after) => {
    expect(() => refuseNewCommands(parseConfigText(BEFORE), parseConfigText(after))).not.toThrow();
  });

  test.each([
    ['runOnConnect: x', 'runOnConnect'],
    ['runOnDisconnect: x', 'runOnDisconnect'],
    ['pathDefaults: {runOnRead: x}', 'runOnRead'],
    ['pathDefaults: {runOnUnread: x}', 'runOnUnread'],
    ['paths: {cam: {runOnInit: x}}', 'runOnInit'],
    ['paths: {cam: {runOnReady: x}}', 'runOnReady'], // a deprecated name runs all the same
    ['paths: {other: {runOnInit: c}}', 'runOnInit'], // that of another path
  ])('%s is refused', (after, key) => {
    const refused = `'${key}' cannot be set through the API: 'apiAllowCommands' is false`;
    expect(() => refuseNewCommands(parseConfigText(BEFORE), parseConfigText(after))).toThrow(refused);
  });
});

test.each([
  ['', false],
  ['runOnConnectRestart: yes\npaths: {cam: {runOnInitRestart: yes}}', false],
  ['runOnDisconnect: x', true],
  ['pathDefaults: {runOnRead: x}', true],
  ['paths: {cam: {runOnRecordSegmentCreate: x}}', true],
])('%j runs commands: %s', (text, expected) => {
  expect(hasCommands(resolveConfig(parseConfigText(text)).config)).toBe(expected);
});
