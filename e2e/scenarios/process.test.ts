import {
  CLIPS,
  FfmpegReader,
  Program,
  RawReader,
  STANDALONE_COMMAND,
  TOPOLOGIES,
  TemporaryFolder,
  prepareClip,
  publishWithFfmpeg,
  standalone,
  waitFor,
} from '@mediamesh/testkit';
import { testLifetime } from '@mediamesh/e2e';
import { describe, expect, test } from 'vitest';

/** What the product has to end. */
const END_MS = 5_000;
const USAGE = /^Usage: mediamesh /m;

describe.each(TOPOLOGIES)('the end of the product on $name', (topology) => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s: in order, clients closed, exit code 0', async (signal) => {
    const product = await topology.start({ pathDefaults: { gopCache: 'burst' } });
    const during = testLifetime(product);
    during.own(product);
    const folder = during.own(new TemporaryFolder());
    const clip = await prepareClip(CLIPS.h264Opus);
    const url = product.rtspUrl('ending');
    const publisher = during.own(publishWithFfmpeg({ url, clip }));
    await product.log.waitForLine(/is publishing to path 'ending'/);
    const overUdp = during.own(new FfmpegReader({ url, folder, seconds: 60, audio: false, transport: 'udp' }));
    const overTcp = during.own(await RawReader.start({ port: product.ports.rtsp, path: 'ending', medias: 2 }));
    await waitFor(() => overTcp.packets().length > 0 && overUdp.soFar().frames.length > 0, { deadlineMs: 10_000, what: 'readers' });

    for (const program of product.programs) program.signal(signal);
    for (const program of product.programs) expect(await program.waitForEnd(END_MS)).toEqual({ code: 0, signal: null });
    await overTcp.client.closed;
    await publisher.waitForEnd(END_MS);
    expect(product.log.matching(/shutting down gracefully/)).toHaveLength(product.programs.length);
    expect(product.log.matching(/is publishing|is reading/).length).toBe(product.log.matching(/\[session \w+\] destroyed/).length);
    expect(product.log.matching(/ ERR |could not be closed/)).toEqual([]);
  });
});

describe('the command line', () => {
  const run = async (...args: readonly string[]) => {
    const during = testLifetime();
    const folder = during.own(new TemporaryFolder());
    // Without the admin port, which is the same for all.
    const env = { MEDIAMESH_ADMIN_ADDRESS: '' };
    const program = during.own(new Program({ name: 'mediamesh', command: STANDALONE_COMMAND, args, cwd: folder.path, env }));
    const { code } = await program.waitForEnd(30_000);
    return { code, stdout: program.stdout.lines.join('\n'), stderr: program.stderr.lines.join('\n') };
  };

  test.each(['--help', '-h'])('%s', async (flag) => {
    const { code, stdout, stderr } = await run(flag);
    expect(stdout).toMatch(USAGE);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('--version', async () => {
    const { code, stdout } = await run('--version');
    expect(stdout).toMatch(/^v\d+\.\d+\.\d+$/);
    expect(code).toBe(0);
  });

  test('an unknown flag', async () => {
    const { code, stdout, stderr } = await run('--nonsense');
    expect(stdout).toMatch(USAGE);
    expect(stderr).toMatch(/error: unknown flag --nonsense/);
    expect(code).toBe(80);
  });

  test('a file that is not there', async () => {
    const { code, stdout } = await run('missing.yml');
    expect(stdout).toMatch(/^ERR: .*missing\.yml/m);
    expect(code).toBe(1);
  });

  test('a key that does not exist, with its line', async () => {
    const during = testLifetime();
    const folder = during.own(new TemporaryFolder());
    const { code, stdout } = await run(folder.write('wrong.yml', 'logLevel: info\nnoSuchKey: 1\n'));
    expect(stdout).toMatch(/^ERR: .*noSuchKey/m);
    expect(stdout).toMatch(/\b2\b/);
    expect(code).toBe(1);
  });

  test('a port that is taken', async () => {
    const during = testLifetime();
    const product = during.own(await standalone.start());
    const folder = during.own(new TemporaryFolder());
    const file = folder.write(
      'taken.yml',
      JSON.stringify({
        rtspAddress: `127.0.0.1:${product.ports.rtsp}`,
        rtspTransports: ['tcp'],
        rtmp: false,
        hls: false,
        webrtc: false,
        srt: false,
      }),
    );
    const { code, stdout } = await run(file);
    expect(stdout).toMatch(new RegExp(`ERR .*${product.ports.rtsp}`));
    expect(code).toBe(1);
  });
});
