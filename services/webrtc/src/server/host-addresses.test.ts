import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { HostAddresses } from './host-addresses.ts';
import type { HostAddressSettings } from './host-addresses.ts';

const LOOPBACK = '127.0.0.1';
const loopbackInterface = Object.entries(networkInterfaces()).find(([, entries]) =>
  entries!.some(({ address }) => address === LOOPBACK),
)![0];
const everyAddress = Object.values(networkInterfaces()).flatMap((entries) => entries!.map(({ address }) => address));

const hosts = (changes: Partial<HostAddressSettings> = {}): HostAddresses =>
  new HostAddresses({ webrtcIPsFromInterfaces: true, webrtcIPsFromInterfacesList: [], webrtcAdditionalHosts: [], ...changes });

describe('addresses of interfaces', () => {
  test('all that the listener is bound to, without link-local ones', () => {
    const all = hosts().ofInterfaces({ address: '::' });
    expect(all).toContain(LOOPBACK);
    expect(all).toEqual(everyAddress.filter((address) => !address.toLowerCase().startsWith('fe80')));
    expect(hosts().ofInterfaces({ address: '0.0.0.0' })).toEqual(all.filter((address) => isIP(address) === 4));
    expect(hosts().ofInterfaces({ address: LOOPBACK })).toEqual([LOOPBACK]);
    expect(hosts().ofInterfaces({ address: '192.0.2.200' })).toEqual([]);
  });

  test('those of the listed interfaces', () => {
    const listed = hosts({ webrtcIPsFromInterfacesList: [loopbackInterface] }).ofInterfaces({ address: '0.0.0.0' });
    expect(listed).toContain(LOOPBACK);
    expect(listed.every((address) => address.startsWith('127.'))).toBe(true);
    expect(hosts({ webrtcIPsFromInterfacesList: ['none'] }).ofInterfaces({ address: '::' })).toEqual([]);
  });

  test('none when they are not wanted', () => {
    expect(hosts({ webrtcIPsFromInterfaces: false }).ofInterfaces({ address: '::' })).toEqual([]);
  });
});

describe('additional hosts', () => {
  test('addresses as they are, names as they resolve, in order; what cannot be resolved is skipped with a warning', async () => {
    const warnings: string[] = [];
    const additional = ['203.0.113.7', 'no such host', 'localhost', '2001:db8::1'];
    const found = await hosts({ webrtcAdditionalHosts: additional }).additional((message) => warnings.push(message));
    expect(found[0]).toBe('203.0.113.7');
    expect(found.at(-1)).toBe('2001:db8::1');
    expect(['127.0.0.1', '::1']).toContain(found[1]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^cannot resolve additional host "no such host", skipping it: /);
  });
});
