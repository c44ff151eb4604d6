import { Lifetime, RawReader, standalone, startOverNats, waitFor } from '@mediamesh/testkit';
import type { NatsProduct, Product } from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FaultRig, allReceive, describeStatus, getJson } from './faults-rig.ts';
import type { PathRow } from './faults-rig.ts';

const FRAMES_A_SECOND = 25;
/** A gateway that is silent for 3 s has lost what it held; the rest is for whoever takes it over. */
const FREE_DEADLINE_MS = 6_000;
/** Readers of the source beside those that decode it. */
const RAW_READERS = 18;

describe('a gateway that is gone', () => {
  const lifetime = new Lifetime();
  let rig: FaultRig;
  let origin: Product;
  let product: NatsProduct;
  const at = (gateway: number, path: string): string => product.gateways[gateway]!.rtspUrl(path);

  /** What there is to pull, for the length of a clip. */
  async function publishAtOrigin(): Promise<void> {
    const count = origin.log.matching(/is publishing to path 'cam'/).length + 1;
    rig.publish(lifetime, origin.rtspUrl('cam'));
    await origin.log.waitForLine(/is publishing to path 'cam'/, { count });
  }

  beforeAll(async () => {
    rig = await FaultRig.prepare(lifetime);
    origin = lifetime.own(await standalone.start());
    await publishAtOrigin();
    const config = {
      logLevel: 'debug',
      pathDefaults: { gopCache: 'burst', overridePublisher: false },
      paths: { pulled: { source: origin.rtspUrl('cam') }, all_others: null },
    };
    product = lifetime.own(await startOverNats({ gateways: 2, config }));
  });
  afterAll(() => lifetime.end());

  test('killed: readers of its publisher end in order and the path is free, its source runs elsewhere and its readers go on', async ({
    annotate,
  }) => {
    const during = testLifetime(product);
    await product.log.waitForLine(/path pulled.*stream is available/);
    const lost = sourceGateway(product);
    const other = 1 - lost;
    rig.publish(during, at(lost, 'lost'));
    rig.publish(during, at(other, 'safe'));
    await product.log.waitForLine(/is publishing to path 'lost'/);
    await product.log.waitForLine(/is publishing to path 'safe'/);
    const reader = rig.read(during, at(other, 'lost'));
    const safe = rig.read(during, at(other, 'safe'));
    const far = rig.read(during, at(lost, 'safe'));
    const pulled = [rig.read(during, at(other, 'pulled')), rig.read(during, at(other, 'pulled'))];
    const port = Number(new URL(at(other, 'pulled')).port);
    const raw = await Promise.all(Array.from({ length: RAW_READERS }, () => RawReader.start({ port, path: 'pulled' })));
    for (const each of raw) during.own(each);
    await allReceive([reader, safe, far, ...pulled], FRAMES_A_SECOND);

    await product.gateways[lost]!.service.kill();
    const since = performance.now();
    const note = (what: string): Promise<unknown> => annotate(`${what} after ${Math.round(performance.now() - since)} ms`);
    await Promise.all([
      rig.publishWhenAccepted(during, product.log, at(other, 'lost'), FREE_DEADLINE_MS).then(() => note('the path is free')),
      waitFor(async () => product.log.matching(/path pulled.*stream is available/).length === 2, {
        deadlineMs: FREE_DEADLINE_MS,
        what: 'the source at the other gateway',
      }).then(() => note('the source runs elsewhere')),
      reader.reader.program.waitForEnd(FREE_DEADLINE_MS).then(() => note('a reader elsewhere has ended')),
    ]);
    expect(reader.reader.program.stderr.lines).toEqual([]);
    expect(product.log.matching(/closed: .*its (gateway|publisher) is gone/)).toHaveLength(1);
    expect(product.log.matching(/the gateway rtsp-rtsp-\d is silent/)).toHaveLength(1);
    expect(sourceGateway(product)).toBe(other);
    await allReceive([...pulled, rig.read(during, at(other, 'pulled')), rig.read(during, at(other, 'lost')), safe], FRAMES_A_SECOND);
    await note('readers of the source have another second of frames');
    safe.expectWhole();
    for (const each of pulled) each.expectUndisturbed();
    for (const each of raw) {
      expect(each.client.isClosed).toBe(false);
      expectRisingTimestamps(each.packets());
    }
    expect(product.log.matching(/is reading from path 'pulled'/)).toHaveLength(pulled.length + RAW_READERS + 1);
    const row = await getJson<PathRow>(product.apiUrl('/v3/paths/get/safe'));
    expect(row.readers).toHaveLength(1);

    await product.gateways[lost]!.service.start();
    const returned = rig.read(during, at(lost, 'lost'));
    await returned.receives(FRAMES_A_SECOND);
  });

  test('killed, and there again under its name at once: what it held is not taken for held', async ({ annotate }) => {
    const during = testLifetime(product);
    await waitFor(async () => (await describeStatus(at(0, 'pulled'))) === 200, { deadlineMs: 10_000, what: 'the source' });
    const lost = sourceGateway(product);
    const available = product.log.matching(/path pulled.*stream is available/).length;
    rig.publish(during, at(lost, 'again'));
    rig.publish(during, at(1 - lost, 'kept'));
    await product.log.waitForLine(/is publishing to path 'again'/);
    await product.log.waitForLine(/is publishing to path 'kept'/);
    const kept = [rig.read(during, at(1 - lost, 'kept')), rig.read(during, at(lost, 'kept'))];
    await allReceive(kept, FRAMES_A_SECOND);

    const since = performance.now();
    await product.gateways[lost]!.service.kill();
    await product.gateways[lost]!.service.start();
    await rig.publishWhenAccepted(during, product.log, at(lost, 'again'), FREE_DEADLINE_MS);
    await annotate(`the path is free after ${Math.round(performance.now() - since)} ms`);
    await product.log.waitForLine(/path pulled.*stream is available/, { count: available + 1, deadlineMs: FREE_DEADLINE_MS });
    await annotate(`the source runs after ${Math.round(performance.now() - since)} ms`);
    await waitFor(async () => (await getJson<PathRow>(product.apiUrl('/v3/paths/get/kept'))).readers.length === 1, {
      deadlineMs: FREE_DEADLINE_MS,
      what: 'one reader',
    });
    await kept[0]!.receives(FRAMES_A_SECOND);
    kept[0]!.expectWhole();
  });

  test('it hangs for some seconds: its publisher is told that it lost the path, and another goes on', async () => {
    const during = testLifetime(product);
    const first = rig.publish(during, at(0, 'hung'));
    await product.log.waitForLine(/is publishing to path 'hung'/);
    await rig.read(during, at(1, 'hung')).receives(FRAMES_A_SECOND);
    const silences = product.log.matching(/rtsp-0 is silent/).length;
    const { program } = product.gateways[0]!.service;
    program.signal('SIGSTOP');
    during.own({ close: () => program.signal('SIGCONT') });
    await product.log.waitForLine(/rtsp-0 is silent/, { count: silences + 1, deadlineMs: FREE_DEADLINE_MS });
    rig.publish(during, at(1, 'hung'));
    await product.log.waitForLine(/rtsp-1: .*is publishing to path 'hung'/);
    const reader = rig.read(during, at(1, 'hung'));
    await reader.receives(FRAMES_A_SECOND);

    program.signal('SIGCONT');
    await first.waitForEnd(10_000);
    await allReceive([reader, rig.read(during, at(0, 'hung'))], FRAMES_A_SECOND);
    reader.expectWhole();
  });

  test('it hangs for some seconds, and nobody else wants its path: its publisher is closed, so that it comes again', async () => {
    const during = testLifetime(product);
    const first = rig.publish(during, at(0, 'alone'));
    await product.log.waitForLine(/is publishing to path 'alone'/);
    const silences = product.log.matching(/rtsp-0 is silent/).length;
    const { program } = product.gateways[0]!.service;
    program.signal('SIGSTOP');
    during.own({ close: () => program.signal('SIGCONT') });
    await product.log.waitForLine(/rtsp-0 is silent/, { count: silences + 1, deadlineMs: FREE_DEADLINE_MS });
    program.signal('SIGCONT');
    await first.waitForEnd(10_000);
    await rig.publishWhenAccepted(during, product.log, at(0, 'alone'), FREE_DEADLINE_MS);
    await rig.read(during, at(1, 'alone')).receives(FRAMES_A_SECOND);
  });

  test('it hangs: the Control API answers within its deadline, and names the one whose part is missing', async () => {
    const during = testLifetime(product);
    const { program } = product.gateways[0]!.service;
    const missing = async (): Promise<string | null> => {
      const response = await fetch(product.apiUrl('/v3/rtspconns/list'), { signal: AbortSignal.timeout(10_000) });
      expect(response.status).toBe(200);
      return response.headers.get('x-mediamesh-missing-instances');
    };
    await waitFor(async () => (await missing()) === null, { deadlineMs: 10_000, what: 'answers of all gateways' });
    program.signal('SIGSTOP');
    during.own({ close: () => program.signal('SIGCONT') });
    expect(await missing()).toBe('rtsp-rtsp-0');
    await product.log.waitForLine(/no answer from rtsp-rtsp-0: what they hold is missing in an answer/);
    program.signal('SIGCONT');
    await waitFor(async () => (await missing()) === null, { deadlineMs: 10_000, what: 'answers of all gateways again' });
  });

  test('it is stopped in order: its clients are closed, it ends with 0 within 5 s, and what it ran goes on elsewhere', async ({
    annotate,
  }) => {
    const during = testLifetime(product);
    await publishAtOrigin(); // the clip of the tests before is over soon
    await waitFor(async () => (await describeStatus(at(0, 'pulled'))) === 200, { deadlineMs: 10_000, what: 'the source' });
    const leaving = sourceGateway(product);
    const available = product.log.matching(/path pulled.*stream is available/).length;
    rig.publish(during, at(leaving, 'drained'));
    rig.publish(during, at(1 - leaving, 'steady'));
    await product.log.waitForLine(/is publishing to path 'drained'/);
    await product.log.waitForLine(/is publishing to path 'steady'/);
    const port = Number(new URL(at(leaving, '')).port);
    const client = during.own(await RawReader.start({ port, path: 'steady' }));
    const reader = rig.read(during, at(1 - leaving, 'drained'));
    const steady = rig.read(during, at(1 - leaving, 'steady'));
    const here = rig.read(during, at(leaving, 'steady'));
    await allReceive([reader, steady, here], FRAMES_A_SECOND);

    const { service } = product.gateways[leaving]!;
    const since = performance.now();
    service.program.signal('SIGTERM');
    await client.client.closed;
    await reader.reader.program.waitForEnd(5_000);
    await here.reader.program.waitForEnd(5_000);
    expect(await service.program.waitForEnd(5_000)).toEqual({ code: 0, signal: null });
    await annotate(`ended after ${Math.round(performance.now() - since)} ms`);
    for (const { program } of [reader.reader, here.reader]) expect(program.stderr.lines).toEqual([]);
    expect(service.program.stdout.matching(/ (ERR|WAR) /)).toEqual([]);

    await rig.publishWhenAccepted(during, product.log, at(1 - leaving, 'drained'), FREE_DEADLINE_MS);
    await annotate(`the path is free after ${Math.round(performance.now() - since)} ms`);
    await product.log.waitForLine(/path pulled.*stream is available/, { count: available + 1, deadlineMs: FREE_DEADLINE_MS });
    await annotate(`the source runs elsewhere after ${Math.round(performance.now() - since)} ms`);
    await steady.receives(FRAMES_A_SECOND);
    steady.expectWhole();
    await service.start();
  });
});

/** Which gateway runs the source of 'pulled': that of the last line that says so. */
function sourceGateway({ log }: NatsProduct): 0 | 1 {
  const line = log.matching(/\[path pulled\] its source is run by/).at(-1);
  if (line === undefined) throw new Error(`no gateway runs the source:\n${log.tail()}`);
  return line.endsWith('rtsp-0') ? 0 : 1;
}

/** Of RTP packets, modulo 2^32. */
function expectRisingTimestamps(packets: readonly Uint8Array[]): void {
  const times = packets.map((packet) => Buffer.from(packet).readUInt32BE(4));
  expect(times.filter((time, index) => index > 0 && (time - times[index - 1]!) >> 0 < 0)).toEqual([]);
}
