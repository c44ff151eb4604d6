import { afterEach, describe, expect, test } from 'vitest';
import { Lifetime } from '@mediamesh/testkit';
import { NumberedStream } from '../testing/numbered-stream.cases.ts';
import { RawRtspClient, SocketWire, openSocket } from '../testing/raw-rtsp-client.cases.ts';
import { TestServer } from '../testing/test-server.cases.ts';

let lifetime = new Lifetime();

afterEach(async () => {
  await lifetime.end();
  lifetime = new Lifetime();
});

async function open(config: Readonly<Record<string, unknown>>): Promise<TestServer> {
  return lifetime.own(await TestServer.open(config));
}

describe('addresses that cannot be', () => {
  test.each([
    ['an odd RTP port', { rtpAddress: ':13001', rtcpAddress: ':13002' }, /rtpAddress: the RTP port 13001 must be even/],
    [
      'ports that are no pair',
      { rtpAddress: ':13000', rtcpAddress: ':13003' },
      /rtcpAddress: the RTCP port must be the one after RTP's, 13001/,
    ],
    ['an odd multicast port', { multicastRTPPort: 13_005, multicastRTCPPort: 13_006 }, /multicastRTPPort: .*must be even/],
    ['multicast ports that are no pair', { multicastRTPPort: 13_006, multicastRTCPPort: 13_010 }, /multicastRTCPPort/],
    ['a range of other addresses', { multicastIPRange: '10.0.0.0/8' }, /multicastIPRange '10\.0\.0\.0\/8'/],
  ])('%s', async (_name, config, error) => {
    await expect(open(config)).rejects.toThrow(error);
  });

  test('do not matter when what they are for is off', async () => {
    await open({ rtspTransports: ['tcp'], rtpAddress: ':13001', rtcpAddress: ':13005', multicastIPRange: '', multicastRTPPort: 1 });
  });
});

test('what the listeners are, in the log', async () => {
  const { log, ports } = await open({ rtspEncryption: 'optional' });
  const at = (port: number): string => `127.0.0.1:${port}`;
  expect(log).toContain(
    `INF [RTSP] started with listeners on ${at(ports.rtsp)} (TCP/RTSP), ${at(ports.rtp)} (UDP/RTP), ${at(ports.rtp + 1)} (UDP/RTCP)`,
  );
  expect(log).toContain(
    `INF [RTSPS] started with listeners on ${at(ports.rtsps)} (TCP/RTSPS), ${at(ports.srtp)} (UDP/SRTP), ${at(ports.srtp + 1)} (UDP/SRTCP)`,
  );
});

const TRANSPORTS = {
  tcp: 'RTP/AVP/TCP;unicast;interleaved=0-1',
  udp: 'RTP/AVP;unicast;client_port=5000-5001',
  multicast: 'RTP/AVP;multicast',
} as const;

test.each([[['udp']], [['tcp']], [['multicast']], [['udp', 'multicast']]])('rtspTransports: %s', async (rtspTransports) => {
  const server = await open({ rtspTransports, multicastRTPPort: 11_022, multicastRTCPPort: 11_023 });
  lifetime.own(await NumberedStream.open(server, 'cam'));
  for (const [name, transport] of Object.entries(TRANSPORTS)) {
    const client = lifetime.own(await RawRtspClient.open(server.ports.rtsp));
    const status = await client.status('SETUP rtsp://h/cam/trackID=0', [`Transport: ${transport}`]);
    expect([name, status]).toEqual([name, rtspTransports.includes(name) ? 200 : 461]);
    // The first of several that is there.
    const all = `Transport: ${Object.values(TRANSPORTS).join(',')}`;
    const other = lifetime.own(await RawRtspClient.open(server.ports.rtsp));
    if (name !== 'udp') expect(await other.status('SETUP rtsp://h/cam/trackID=0', [all])).toBe(200);
    other.close();
    client.close();
    await server.logged(`[conn 127.0.0.1:${client.localPort}] closed`);
    await server.logged(`[conn 127.0.0.1:${other.localPort}] closed`);
  }
});

describe('PROXY protocol', () => {
  test.each([
    ['of a proxy that is trusted', ['127.0.0.0/8'], '203.0.113.9:4711'],
    ['of anybody else is passed over', [], undefined],
  ])('%s', async (_name, rtspTrustedProxies, remote) => {
    const server = await open({ rtspTransports: ['tcp'], rtspTrustedProxies });
    const socket = await openSocket(server.ports.rtsp);
    socket.write('PROXY TCP4 203.0.113.9 10.0.0.1 4711 554\r\n');
    const client = lifetime.own(new RawRtspClient(new SocketWire(socket)));
    expect(await client.status('OPTIONS rtsp://h/cam')).toBe(200);
    expect(server.log).toContain(`[RTSP] [conn ${remote ?? `127.0.0.1:${socket.localPort}`}] opened`);
  });
});

test('when the listener closes, its clients are told by the end of their connections', async () => {
  const server = await open({ rtspTransports: ['tcp'] });
  lifetime.own(await NumberedStream.open(server, 'cam'));
  const idle = lifetime.own(await RawRtspClient.open(server.ports.rtsp));
  const reader = lifetime.own(await RawRtspClient.open(server.ports.rtsp));
  await reader.request('SETUP rtsp://h/cam/trackID=0', [`Transport: ${TRANSPORTS.tcp}`]);
  await reader.request('PLAY rtsp://h/cam');
  const stopped = server.service.stop();
  await Promise.all([idle.closed(), reader.closed(), stopped]);
  expect(server.log).toContain('destroyed: terminated');
});
