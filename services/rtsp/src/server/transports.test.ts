import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Lifetime, waitFor } from '@mediamesh/testkit';
import { SrtcpContext, SrtpContext, parseRtpPacket, serializeRtcpCompound } from '@mediamesh/rtp';
import { parseRtpInfo, parseTransport } from '@mediamesh/rtsp';
import { NumberedReader, NumberedStream, areConsecutive } from '../testing/numbered-stream.cases.ts';
import { CRYPTO, keyMgmtHeader, keysInAnswer, keysInSdp, newKeys } from '../testing/key-exchange.cases.ts';
import { OPUS_SDP, SDP_TYPE, opusPacket, publishOpus } from '../testing/opus-publisher.cases.ts';
import { RawRtspClient } from '../testing/raw-rtsp-client.cases.ts';
import { TestServer } from '../testing/test-server.cases.ts';
import { UdpClient, UdpClientPair } from '../testing/udp-client.cases.ts';

const DEADLINE_MS = 10_000;
const REPORT = serializeRtcpCompound([{ type: 'receiverReport', ssrc: 7, reports: [] }]);

let server: TestServer;
let lifetime = new Lifetime();
const whole = new Lifetime();

beforeAll(async () => {
  server = whole.own(
    await TestServer.open({
      rtspEncryption: 'optional',
      multicastIPRange: '239.7.0.0/24',
      multicastRTPPort: 11_002,
      multicastRTCPPort: 11_003,
      multicastSRTPPort: 11_006,
      multicastSRTCPPort: 11_007,
    }),
  );
  whole.own(await NumberedStream.open(server, 'cam'));
  whole.own(await NumberedStream.open(server, 'second'));
});

afterEach(async () => {
  await lifetime.end();
  lifetime = new Lifetime();
});

afterAll(() => whole.end());

const url = (path: string): string => `rtsp://h/${path}`;

async function open(secure = false): Promise<RawRtspClient> {
  return lifetime.own(await RawRtspClient.open(secure ? server.ports.rtsps : server.ports.rtsp, secure));
}

async function openPair(): Promise<UdpClientPair> {
  return lifetime.own(await UdpClientPair.open());
}

function numbersOf(packets: readonly Uint8Array[]): readonly number[] {
  return packets.map((packet) => {
    const { payload } = parseRtpPacket(packet);
    return (payload[1]! << 16) | (payload[2]! << 8) | payload[3]!;
  });
}

interface Row {
  readonly [field: string]: unknown;
}

function sessionOf(client: RawRtspClient, kind: 'rtspSession' | 'rtspsSession'): Row {
  const rows = server.gateway.sessions.list(new Set([kind]), 0, 1_000).map((session) => session.row() as Row);
  return rows.find((row) => row['remoteAddr'] === `127.0.0.1:${client.localPort}`)!;
}

describe('UDP', () => {
  test('a reader gets RTP from the port that it is told', async () => {
    const other = await open();
    await other.request(`SETUP ${url('cam/trackID=0')}`, ['Transport: RTP/AVP/TCP;interleaved=0-1']);
    await other.request(`PLAY ${url('cam')}`);
    await other.framesOf(0, 1);
    const client = await open();
    const pair = await openPair();
    const setUp = await client.request(`SETUP ${url('cam/trackID=0')}`, [`Transport: RTP/AVP;unicast;${pair.ports}`]);
    const transport = parseTransport(setUp.headers.get('Transport')!);
    expect(transport).toMatchObject({
      protocol: 'udp',
      secure: false,
      delivery: 'unicast',
      clientPort: [pair.rtp.port, pair.rtcp.port],
      serverPort: [server.ports.rtp, server.ports.rtp + 1],
    });
    const played = await client.request(`PLAY ${url('cam')}`);
    const packets = await pair.rtp.packets(20);
    expect(areConsecutive(numbersOf(packets))).toBe(true);
    expect(pair.rtp.received[0]!.fromPort).toBe(server.ports.rtp);
    const first = parseRtpPacket(packets[0]!);
    expect(first.ssrc).toBe(transport.ssrc);
    const [info] = parseRtpInfo(played.headers.get('RTP-Info')!);
    expect(info).toMatchObject({ url: url('cam/trackID=0'), sequenceNumber: first.sequenceNumber });
    // Carried on from the frame before by the clock: the stream's frames of 20 ms come every 5 ms.
    expect(Math.abs(((first.timestamp - info!.timestamp!) << 0) / 48_000)).toBeLessThan(1);
    expect(sessionOf(client, 'rtspSession')).toMatchObject({ state: 'read', transport: 'UDP', profile: 'AVP', path: 'cam' });
  });

  test('after PAUSE nothing comes, and the ports are the client’s until it plays again', async () => {
    const client = await open();
    const pair = await openPair();
    await client.request(`SETUP ${url('cam/trackID=0')}`, [`Transport: RTP/AVP;unicast;${pair.ports}`]);
    for (let round = 0; round < 2; round++) {
      expect(await client.status(`PLAY ${url('cam')}`)).toBe(200);
      await pair.rtp.packets(pair.rtp.received.length + 5);
      expect(await client.status(`PAUSE ${url('cam')}`)).toBe(200);
      await client.request(`OPTIONS ${url('cam')}`);
      const paused = pair.rtp.received.length;
      await client.request(`OPTIONS ${url('cam')}`);
      expect(pair.rtp.received.length).toBe(paused);
    }
    await client.request(`PLAY ${url('cam')}`);
    await pair.rtcp.send(REPORT, server.ports.rtp + 1);
    await waitFor(() => sessionOf(client, 'rtspSession')['inboundRTCPPackets'] === 1, { deadlineMs: DEADLINE_MS, what: 'the report' });
  });

  test('ports that another session has are refused, and stay with it', async () => {
    const first = await open();
    const pair = await openPair();
    const header = `Transport: RTP/AVP;unicast;${pair.ports}`;
    expect(await first.status(`SETUP ${url('cam/trackID=0')}`, [header])).toBe(200);
    const second = await open();
    expect(await second.status(`SETUP ${url('cam/trackID=0')}`, [header])).toBe(400);
    await second.closed();
    expect(await first.status(`PLAY ${url('cam')}`)).toBe(200);
    expect(areConsecutive(numbersOf(await pair.rtp.packets(10)))).toBe(true);
    expect(await first.status(`TEARDOWN ${url('cam')}`)).toBe(200);
    const third = await open();
    expect(await third.status(`SETUP ${url('cam/trackID=0')}`, [header])).toBe(200);
  });

  test.each(['client_port=0-1', 'client_port=65535-0', ''])('no client ports: %s', async (ports) => {
    const client = await open();
    expect(await client.status(`SETUP ${url('cam/trackID=0')}`, [`Transport: RTP/AVP;unicast;${ports}`])).toBe(400);
    expect(server.log).not.toContain('internal error');
  });

  test('a publisher is known by address and port, of RTP and of RTCP', async () => {
    const client = await open();
    const pair = await openPair();
    const stranger = lifetime.own(await UdpClient.open(0));
    await publishOpus(client, url('from-udp'), `RTP/AVP;unicast;${pair.ports}`);
    const reader = lifetime.own(await NumberedReader.open(server, 'from-udp'));
    for (let number = 0; number < 30; number++) {
      await stranger.send(opusPacket(1_000 + number), server.ports.rtp);
      await pair.rtcp.send(opusPacket(2_000 + number), server.ports.rtp);
      await pair.rtp.send(opusPacket(number), server.ports.rtp);
    }
    const numbers = await reader.frames(25);
    expect(numbers.every((number) => number < 30)).toBe(true);
    expect(areConsecutive(numbers)).toBe(true);
    expect(sessionOf(client, 'rtspSession')).toMatchObject({ state: 'publish', transport: 'UDP' });
  });
});

describe('SRTP', () => {
  /** A reader over UDP that has the server's keys. */
  async function secureReader(
    transport: string,
  ): Promise<{ client: RawRtspClient; srtp: SrtpContext; ssrc: number; keys: ReturnType<typeof newKeys> }> {
    const client = await open(true);
    const keys = newKeys(7);
    const answer = await client.request(`SETUP ${url('cam/trackID=0')}`, [`Transport: ${transport}`, keyMgmtHeader(url('cam'), keys)]);
    expect(answer.status).toBe(200);
    const told = keysInAnswer(answer);
    const srtp = new SrtpContext(CRYPTO, told.keyAndSalt);
    for (const { ssrc, rolloverCounter } of told.streams) srtp.setInitialRoc(ssrc, rolloverCounter);
    return { client, srtp, ssrc: told.streams[0]!.ssrc, keys };
  }

  test('over UDP, with the keys of the answer; all readers get the same bytes', async () => {
    const pairs = [await openPair(), await openPair()];
    const readers: Awaited<ReturnType<typeof secureReader>>[] = [];
    for (const pair of pairs) {
      const reader = await secureReader(`RTP/SAVP;unicast;${pair.ports}`);
      readers.push(reader);
      expect(await reader.client.status(`PLAY ${url('cam')}`)).toBe(200);
    }
    const packets = await pairs[0]!.rtp.packets(30);
    expect(pairs[0]!.rtp.received[0]!.fromPort).toBe(server.ports.srtp);
    expect(areConsecutive(numbersOf(packets.map((packet) => readers[0]!.srtp.unprotect(packet))))).toBe(true);
    const same = new Set(packets.map((packet) => Buffer.from(packet).toString('hex')));
    expect((await pairs[1]!.rtp.packets(10)).filter((packet) => same.has(Buffer.from(packet).toString('hex'))).length).toBeGreaterThan(5);
    expect(sessionOf(readers[0]!.client, 'rtspsSession')).toMatchObject({ transport: 'UDP', profile: 'SAVP' });
  });

  test('over TCP', async () => {
    const { client, srtp } = await secureReader('RTP/SAVP/TCP;unicast;interleaved=0-1');
    expect(await client.status(`PLAY ${url('cam')}`)).toBe(200);
    const packets = await client.framesOf(0, 10);
    expect(areConsecutive(numbersOf(packets.map((packet) => srtp.unprotect(packet))))).toBe(true);
  });

  test('DESCRIBE tells the keys that the answers to SETUP have, and SAVP', async () => {
    const client = await open(true);
    const described = Buffer.from((await client.request(`DESCRIBE ${url('cam')}`)).body).toString();
    expect(described).toContain('m=audio 0 RTP/SAVP 96');
    const [inSdp] = keysInSdp(described);
    const pair = await openPair();
    const header = keyMgmtHeader(url('cam'), newKeys(7));
    const answer = await client.request(`SETUP ${url('cam/trackID=0')}`, [`Transport: RTP/SAVP;unicast;${pair.ports}`, header]);
    expect(keysInAnswer(answer)).toEqual(inSdp);
  });

  test('keys are new when nobody held the former ones', async () => {
    const keysOf = async (): Promise<string> => {
      const client = await open(true);
      const [keys] = keysInSdp(Buffer.from((await client.request(`DESCRIBE ${url('second')}`)).body).toString());
      client.close();
      await server.logged(`[conn 127.0.0.1:${client.localPort}] closed`);
      return Buffer.from(keys!.keyAndSalt).toString('hex');
    };
    expect(await keysOf()).not.toBe(await keysOf());
  });

  test.each([
    ['plain RTP over UDP', (ports: string) => [`Transport: RTP/AVP;unicast;${ports}`], 461],
    ['no keys', (ports: string) => [`Transport: RTP/SAVP;unicast;${ports}`], 400],
    ['keys that are none', (ports: string) => [`Transport: RTP/SAVP;unicast;${ports}`, 'KeyMgmt: prot=mikey;uri="x";data="AAAA"'], 400],
  ])('%s', async (_name, headers, status) => {
    const client = await open(true);
    const pair = await openPair();
    expect(await client.status(`SETUP ${url('cam/trackID=0')}`, headers(pair.ports))).toBe(status);
  });

  test('plain media inside of TLS is not protected twice', async () => {
    const client = await open(true);
    await client.request(`SETUP ${url('cam/trackID=0')}`, ['Transport: RTP/AVP/TCP;unicast;interleaved=0-1']);
    await client.request(`PLAY ${url('cam')}`);
    expect(areConsecutive(numbersOf(await client.framesOf(0, 5)))).toBe(true);
  });

  test('reports of readers are checked', async () => {
    const pair = await openPair();
    const { client, keys } = await secureReader(`RTP/SAVP;unicast;${pair.ports}`);
    await client.request(`PLAY ${url('cam')}`);
    const srtcp = new SrtcpContext(CRYPTO, keys.keyAndSalt);
    const good = srtcp.protect(REPORT);
    const forged = srtcp.protect(REPORT);
    forged[forged.length - 1]! ^= 1;
    for (const packet of [forged, REPORT, good, good]) await pair.rtcp.send(packet, server.ports.srtp + 1);
    const counts = (): Row => sessionOf(client, 'rtspsSession');
    await waitFor(() => counts()['inboundRTCPPacketsInError'] === 3, { deadlineMs: DEADLINE_MS, what: 'three refused reports' });
    expect(counts()['inboundRTCPPackets']).toBe(1);
  });

  test.each([
    ['without an identifier of the key', undefined],
    ['with one', Uint8Array.of(1, 2, 3, 4)],
  ])('a publisher %s; what was tampered with is dropped, counted and logged', async (_name, mki) => {
    const path = mki === undefined ? 'secure' : 'secure-mki';
    const from = server.log.length;
    const client = await open(true);
    const pair = await openPair();
    const keys = newKeys(0x1234_5678, mki);
    expect(await client.status(`ANNOUNCE ${url(path)}`, [SDP_TYPE], OPUS_SDP)).toBe(200);
    const headers = [`Transport: RTP/SAVP;unicast;${pair.ports};mode=record`, keyMgmtHeader(url(path), keys)];
    const answer = await client.request(`SETUP ${url(`${path}/trackID=0`)}`, headers);
    expect(keysInAnswer(answer).keyAndSalt).not.toEqual(keys.keyAndSalt);
    expect(await client.status(`RECORD ${url(path)}`)).toBe(200);
    const reader = lifetime.own(await NumberedReader.open(server, path));
    const srtp = new SrtpContext(CRYPTO, keys.keyAndSalt);
    for (let number = 0; number < 40; number++) {
      const packet = srtp.protect(opusPacket(number));
      const sent = mki === undefined ? packet : withMki(packet, mki);
      const tampered = Uint8Array.from(sent);
      tampered[13]! ^= 0x80;
      await pair.rtp.send(tampered, server.ports.srtp);
      await pair.rtp.send(sent, server.ports.srtp);
    }
    expect(areConsecutive(await reader.frames(35))).toBe(true);
    await waitFor(() => sessionOf(client, 'rtspsSession')['inboundRTPPacketsInError'] === 40, {
      deadlineMs: DEADLINE_MS,
      what: '40 refused',
    });
    await server.logged(/WAR \[RTSPS\] \[session \w+\] .*decode error.*tag of the SRTP packet is wrong/, from);
  });

  function withMki(packet: Uint8Array, mki: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(packet.length + mki.length);
    bytes.set(packet.subarray(0, packet.length - 10));
    bytes.set(mki, packet.length - 10);
    bytes.set(packet.subarray(packet.length - 10), packet.length - 10 + mki.length);
    return bytes;
  }
});

describe('multicast', () => {
  const MULTICAST = 'Transport: RTP/AVP;multicast';

  async function setUp(
    path: string,
    secure = false,
  ): Promise<{ client: RawRtspClient; group: string; answer: Awaited<ReturnType<RawRtspClient['request']>> }> {
    const client = await open(secure);
    const headers = secure ? ['Transport: RTP/SAVP;multicast', keyMgmtHeader(url(path), newKeys(7))] : [MULTICAST];
    const answer = await client.request(`SETUP ${url(`${path}/trackID=0`)}`, headers);
    const transport = parseTransport(answer.headers.get('Transport')!);
    expect(transport).toMatchObject({ delivery: 'multicast', ttl: 127, port: secure ? [11_006, 11_007] : [11_002, 11_003] });
    return { client, group: transport.destination!, answer };
  }

  test('a group a path, while somebody reads through it; a frame is sent once', async () => {
    const first = await setUp('cam');
    const second = await setUp('cam');
    const other = await setUp('second');
    expect(first.group).toMatch(/^239\.7\.0\.\d+$/);
    expect(second.group).toBe(first.group);
    expect(other.group).not.toBe(first.group);
    const receiver = lifetime.own(await UdpClient.open(11_002, first.group));
    for (const { client } of [first, second]) expect(await client.status(`PLAY ${url('cam')}`)).toBe(200);
    expect(areConsecutive(numbersOf(await receiver.packets(20)))).toBe(true);
    expect(sessionOf(first.client, 'rtspSession')).toMatchObject({ state: 'read', transport: 'UDP-multicast' });

    expect(await first.client.status(`TEARDOWN ${url('cam')}`)).toBe(200);
    const seen = receiver.received.length;
    const numbers = numbersOf(await receiver.packets(seen + 10));
    expect(areConsecutive(numbers)).toBe(true);

    expect(await second.client.status(`PAUSE ${url('cam')}`)).toBe(200);
    await second.client.request(`OPTIONS ${url('cam')}`);
    const paused = receiver.received.length;
    await second.client.request(`OPTIONS ${url('cam')}`);
    expect(receiver.received.length).toBe(paused);
    expect(await second.client.status(`PLAY ${url('cam')}`)).toBe(200);
    await receiver.packets(paused + 5);

    expect(await second.client.status(`TEARDOWN ${url('cam')}`)).toBe(200);
    const again = await setUp('cam');
    expect(again.group).not.toBe(first.group);
  });

  test('reports of receivers are those of the session of that address', async () => {
    const { client, group } = await setUp('cam');
    await client.request(`PLAY ${url('cam')}`);
    const receiver = lifetime.own(await UdpClient.open(0, group));
    await receiver.send(REPORT, 11_003, group);
    await waitFor(() => sessionOf(client, 'rtspSession')['inboundRTCPPackets'] === 1, { deadlineMs: DEADLINE_MS, what: 'the report' });
  });

  test('with SRTP', async () => {
    const { client, group, answer } = await setUp('cam', true);
    const receiver = lifetime.own(await UdpClient.open(11_006, group));
    expect(await client.status(`PLAY ${url('cam')}`)).toBe(200);
    const srtp = new SrtpContext(CRYPTO, keysInAnswer(answer).keyAndSalt);
    const packets = (await receiver.packets(20)).map((packet) => srtp.unprotect(packet));
    expect(areConsecutive(numbersOf(packets))).toBe(true);
  });

  test('to record is refused', async () => {
    const client = await open();
    await client.request(`ANNOUNCE ${url('new')}`, [SDP_TYPE], OPUS_SDP);
    expect(await client.status(`SETUP ${url('new/trackID=0')}`, [`${MULTICAST};mode=record`])).toBe(461);
  });

  test('VLC asks for it when the SDP has a multicast address', async () => {
    const client = await open();
    const sdpOf = async (path: string) => Buffer.from((await client.request(`DESCRIBE ${url(path)}`)).body).toString();
    expect(await sdpOf('cam?vlcmulticast')).toContain('c=IN IP4 224.1.0.0');
    expect(await sdpOf('cam')).toContain('c=IN IP4 0.0.0.0');
  });

  test('members learn that the publisher left', async () => {
    const publisher = await open();
    await publishOpus(publisher, url('short'), 'RTP/AVP/TCP;interleaved=0-1');
    const playing = await setUp('short');
    const idle = await setUp('short');
    await playing.client.request(`PLAY ${url('short')}`);
    publisher.close();
    await Promise.all([playing.client.closed(), idle.client.closed()]);
  });
});
