import { expect, test } from 'vitest';
import { isCheckable, isRelayable } from './checkable-address.ts';

test.each([
  ['192.0.2.1', true, true],
  ['10.0.0.1', true, true],
  ['2001:db8::1', true, false],
  ['127.0.0.1', false, false],
  ['::1', false, false],
  ['169.254.169.254', true, false],
  ['0.0.0.0', false, false],
  ['224.0.0.1', false, false],
  ['255.255.255.255', false, false],
  ['::', false, false],
  ['ff02::1', false, false],
  ['fe80::1', false, false],
  ['::ffff:127.0.0.1', false, false],
  ['::ffff:224.0.0.1', false, false],
  ['host.local', false, false],
])('%s: checked %s, from a relay %s', (address, checkable, relayable) => {
  expect([isCheckable(address, false), isRelayable(address)]).toEqual([checkable, relayable]);
});

test('this machine is checked where the configuration names the other server', () => {
  expect(['127.0.0.1', '::1', '224.0.0.1'].map((address) => isCheckable(address, true))).toEqual([true, true, false]);
});
