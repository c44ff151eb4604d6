import { expect, test } from 'vitest';
import { parseCandidate, transportAddress } from './remote-candidate.ts';

test.each([
  ['10 1 udp 2130706431 192.0.2.1 8189 typ host', { type: 'host', address: '192.0.2.1', port: 8_189, priority: 2_130_706_431 }],
  ['1 1 UDP 5 2001:db8::1 1 typ srflx raddr 0.0.0.0 rport 0', { type: 'srflx', address: '2001:db8::1', port: 1, priority: 5 }],
  ['1 1 udp 9999999999 192.0.2.1 65535 typ relay', { type: 'relay', address: '192.0.2.1', port: 65_535, priority: 0xffff_ffff }],
])('%s', (value, candidate) => {
  expect(parseCandidate(value)).toEqual(candidate);
});

test.each([
  '',
  '10 1 udp 1 192.0.2.1 8189',
  '10 1 tcp 1 192.0.2.1 8189 typ host tcptype passive',
  '10 2 udp 1 192.0.2.1 8189 typ host',
  '10 1 udp 1 0b1c.local 8189 typ host',
  '10 1 udp 1 192.0.2.256 8189 typ host',
  '10 1 udp 1 192.168.001.010 8189 typ host',
  '10 1 udp 1 1::2::3 8189 typ host',
  '10 1 udp 1 :1::2 8189 typ host',
  '10 1 udp 1 1:2:3:4:5:6:7:8:: 8189 typ host',
  '10 1 udp 1 1::192.0.2.1:2 8189 typ host',
  '10 1 udp 1 fe80::1%eth0 8189 typ host',
  '10 1 udp 1 192.0.2.1 0 typ host',
  '10 1 udp 1 192.0.2.1 65536 typ host',
  '10 1 udp -1 192.0.2.1 8189 typ host',
  '10 1 udp 1 192.0.2.1 8189 typ other',
])('%j cannot be used', (value) => {
  expect(parseCandidate(value)).toBeUndefined();
});

test('an address has one text', () => {
  expect(transportAddress('2001:DB8:0:0::1', 1)).toBe(transportAddress('2001:db8::1%eth0', 1));
  expect(transportAddress('192.0.2.1', 1)).not.toBe(transportAddress('192.0.2.1', 2));
});
