import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { documentFromEnvironment } from './environment.ts';
import { resolveConfig } from './resolve.ts';
import { GLOBAL_KEYS, PATH_KEYS } from './schema/schema.ts';

const SUFFIXES = [
  '',
  '_0',
  '_0_',
  '_0_USER',
  '_0_PASS',
  '_1_PERMISSIONS_0_ACTION',
  '_0_IPS',
  '_0_DEST',
  '_0_CODEC',
  '_99999999999',
  '_X',
  '__',
];
const globalNames = Object.keys(GLOBAL_KEYS).map((name) => name.toUpperCase());
const pathNames = Object.keys(PATH_KEYS).flatMap((name) => [`PATHDEFAULTS_${name.toUpperCase()}`, `PATHS_CAM_${name.toUpperCase()}`]);

const name = fc
  .tuple(
    fc.constantFrom('MTX_', 'RTSP_'),
    fc.oneof(fc.constantFrom(...globalNames, ...pathNames), fc.constantFrom('PATHS', 'PATHS_', 'PATHS_A', 'PATHS__SOURCE', 'PATHDEFAULTS')),
    fc.constantFrom(...SUFFIXES),
  )
  .map((parts) => parts.join(''));
const value = fc.oneof(
  fc.constantFrom('', 'yes', 'no', '0', '-1', '1e9', '10s', '1M', 'any', 'read', 'H264', 'a,b', ',', '1.2.3.4/8', 'rtsp://h/p', 'strict'),
  fc.string({ maxLength: 8 }),
);

test('any environment is either a configuration or refused with a ConfigError', () => {
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 6 }), (environment) => {
      try {
        resolveConfig(documentFromEnvironment(environment));
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
      }
    }),
    { numRuns: 3000 },
  );
});
