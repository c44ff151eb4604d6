import nacl from 'tweetnacl';
import { describe, expect, test } from 'vitest';
import { findConfigFile, loadConfig, parseConfigFile } from './config-file.ts';
import type { ConfigFiles } from './config-file.ts';
import { decryptConfig } from './decrypt.ts';

function filesWith(contents: Record<string, string | Uint8Array>): ConfigFiles {
  return {
    exists: (file) => Object.hasOwn(contents, file),
    read(file) {
      const content = contents[file];
      if (content === undefined) throw new Error(`ENOENT: ${file}`);
      return typeof content === 'string' ? new TextEncoder().encode(content) : content;
    },
  };
}

describe('where the file is looked for', () => {
  test('in this order', () => {
    const asked: string[] = [];
    const nowhere = (file: string) => {
      asked.push(file);
      return false;
    };
    expect(findConfigFile(nowhere, 'linux')).toBeUndefined();
    expect(asked).toEqual([
      'rtsp-simple-server.yml',
      'mediamtx.yml',
      '/usr/local/etc/mediamtx.yml',
      '/usr/etc/mediamtx.yml',
      '/etc/mediamtx/mediamtx.yml',
    ]);
    asked.length = 0;
    findConfigFile(nowhere, 'win32');
    expect(asked).toEqual(['rtsp-simple-server.yml', 'mediamtx.yml']);
  });

  test('the first that exists', () => {
    expect(findConfigFile((file) => file.startsWith('/'), 'linux')).toBe('/usr/local/etc/mediamtx.yml');
    expect(findConfigFile((file) => file.startsWith('/'), 'win32')).toBeUndefined();
  });
});

describe('loading', () => {
  test('a file and the environment', () => {
    const files = filesWith({ 'mediamtx.yml': 'logLevel: debug\nrtspAddress: :1\npaths:\n  cam1:\n    runOnDemandStartTimeout: 5s\n' });
    const loaded = loadConfig({ files, env: { MTX_RTSPADDRESS: ':2', MTX_PATHS_CAM1_SOURCE: 'rtsp://h' }, platform: 'linux' });
    expect(loaded).toMatchObject({ file: 'mediamtx.yml', warnings: [] });
    expect(loaded.config).toMatchObject({ logLevel: 'debug', rtspAddress: ':2' });
    expect(loaded.config.paths.get('cam1')).toMatchObject({ source: 'rtsp://h', runOnDemandStartTimeout: 5000 });
    expect(loaded.document.global).toEqual({ logLevel: 'debug', rtspAddress: ':2' });
  });

  test('a file that is named', () => {
    expect(loadConfig({ files: filesWith({ 'mediamtx.yml': 'x', a: 'api: yes' }), env: {}, file: 'a' }).config.api).toBe(true);
    expect(() => loadConfig({ files: filesWith({ 'mediamtx.yml': '' }), env: {}, file: 'a' })).toThrow('ENOENT: a');
  });

  test('no file', () => {
    const loaded = loadConfig({ files: filesWith({}), env: {} });
    expect(loaded.file).toBeUndefined();
    expect(loaded.config.paths.size).toBe(0);
    expect(loaded.warnings[0]?.message).toBe(
      'configuration file not found (looked in rtsp-simple-server.yml, mediamtx.yml), using an empty configuration',
    );
  });

  test('bytes that are no text', () => {
    expect(() => parseConfigFile(Uint8Array.of(0xff, 0xfe, 0x61), {})).toThrow('configuration is not UTF-8 text');
  });
});

describe('encryption', () => {
  const nonce = Uint8Array.from({ length: 24 }, (_, i) => i);

  function encrypt(key: string, plain: Uint8Array): Uint8Array {
    const keyBytes = new Uint8Array(32);
    keyBytes.set(new TextEncoder().encode(key).subarray(0, 32));
    const box = nacl.secretbox(plain, nonce, keyBytes);
    return Buffer.from(Buffer.concat([nonce, box]).toString('base64'), 'latin1');
  }

  const text = new TextEncoder().encode('paths:\n  path1:\n');

  test.each(['RTSP_CONFKEY', 'MTX_CONFKEY'])('%s', (name) => {
    expect(parseConfigFile(encrypt('testing', text), { [name]: 'testing' }).paths.has('path1')).toBe(true);
  });

  test('both keys, one after the other', () => {
    const bytes = encrypt('outer', encrypt('inner', text));
    expect(parseConfigFile(bytes, { RTSP_CONFKEY: 'outer', MTX_CONFKEY: 'inner' }).paths.has('path1')).toBe(true);
  });

  test('a key of more than 32 bytes is cut', () => {
    const key = 'k'.repeat(40);
    expect(decryptConfig('k'.repeat(32), encrypt(key, text))).toEqual(text);
    expect(decryptConfig(key, encrypt('k'.repeat(32), text))).toEqual(text);
  });

  test('a line end after the base64', () => {
    const bytes = Buffer.concat([encrypt('testing', text), Buffer.from('\n')]);
    expect(decryptConfig('testing', bytes)).toEqual(text);
  });

  test.each<[string, Uint8Array]>([
    ['another key', encrypt('other', text)],
    ['plain text', text],
    ['nothing', new Uint8Array(0)],
    ['shorter than a nonce', Buffer.from(Buffer.alloc(23).toString('base64'))],
    ['a nonce alone', Buffer.from(Buffer.alloc(24).toString('base64'))],
    ['not base64', Buffer.from('$$$$')],
  ])('%s', (_, bytes) => {
    expect(() => decryptConfig('testing', bytes)).toThrow('decryption error');
  });

  test('truncated or changed anywhere', () => {
    const bytes = Buffer.from(Buffer.from(encrypt('testing', text)).toString('latin1'), 'base64');
    for (let i = 0; i < bytes.length; i++) {
      expect(() => decryptConfig('testing', Buffer.from(bytes.subarray(0, i).toString('base64')))).toThrow('decryption error');
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(() => decryptConfig('testing', Buffer.from(changed.toString('base64')))).toThrow('decryption error');
    }
  });
});
