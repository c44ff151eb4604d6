import { ConfigError } from './config-error.ts';
import type { PathConfig } from './schema/schema.ts';

/** The hardware encoder of MJPEG takes pictures up to here, in whole blocks. */
const MJPEG_SIZE_LIMIT = 2048;
const MJPEG_BLOCK = 8;

const PROFILES = ['baseline', 'main', 'high'];
const LEVELS = ['4.0', '4.1', '4.2'];

const BEFORE_GAINS = [
  ['rpiCameraExposure', ['normal', 'short', 'long', 'custom']],
  ['rpiCameraAWB', ['auto', 'incandescent', 'tungsten', 'fluorescent', 'indoor', 'daylight', 'cloudy', 'custom']],
] as const;

const AFTER_GAINS = [
  ['rpiCameraDenoise', ['off', 'cdn_off', 'cdn_fast', 'cdn_hq']],
  ['rpiCameraMetering', ['centre', 'spot', 'matrix', 'custom']],
  ['rpiCameraAfMode', ['auto', 'manual', 'continuous']],
  ['rpiCameraAfRange', ['normal', 'macro', 'full']],
  ['rpiCameraAfSpeed', ['normal', 'fast']],
  ['rpiCameraHardwareH264Profile', PROFILES],
  ['rpiCameraHardwareH264Level', LEVELS],
  ['rpiCameraSoftwareH264Profile', PROFILES],
  ['rpiCameraSoftwareH264Level', LEVELS],
  ['rpiCameraH264Profile', ['auto', ...PROFILES]],
  ['rpiCameraH264Level', LEVELS],
] as const;

const CODECS = ['auto', 'hardwareH264', 'softwareH264', 'mjpeg'];

/** Checks a path whose source is the Raspberry Pi camera. Errors: ConfigError with MediaMTX's messages. */
export function validateRpiCamera(path: PathConfig, paths: ReadonlyMap<string, PathConfig>): void {
  validateSize(path);
  validateWords(path, BEFORE_GAINS);
  refuseIf(path.rpiCameraAWBGains.length !== 2, invalidValue('rpiCameraAWBGains'));
  validateWords(path, AFTER_GAINS);
  refuseIf(!CODECS.includes(path.rpiCameraCodec), `supported codecs for a RPI Camera stream are ${CODECS.join(', ')}`);
  validateSharing(path, paths);
}

function refuseIf(condition: boolean, message: string): void {
  if (condition) throw new ConfigError(message);
}

function invalidValue(key: string): string {
  return `invalid '${key}' value`;
}

function validateSize(path: PathConfig): void {
  const keys = ['rpiCameraWidth', 'rpiCameraHeight'] as const;
  for (const key of keys) refuseIf(path[key] === 0, invalidValue(key));
  if (path.rpiCameraCodec !== 'mjpeg' && !(path.rpiCameraSecondary && path.rpiCameraCodec === 'auto')) return;
  for (const key of keys) {
    refuseIf(
      path[key] >= MJPEG_SIZE_LIMIT || path[key] % MJPEG_BLOCK !== 0,
      `'${key}' must be a multiple of 8 and less than 2048 when using MJPEG`,
    );
  }
}

function validateWords(path: PathConfig, rules: typeof BEFORE_GAINS | typeof AFTER_GAINS): void {
  for (const [key, words] of rules) {
    const value: string | undefined = path[key];
    refuseIf(value !== undefined && !words.some((word) => word === value), invalidValue(key));
  }
}

/** A camera has one primary stream and at most one secondary. */
function validateSharing(path: PathConfig, paths: ReadonlyMap<string, PathConfig>): void {
  const others = [...paths.values()].filter(
    (other) => other.name !== path.name && other.source === 'rpiCamera' && other.rpiCameraCamID === path.rpiCameraCamID,
  );
  const primary = others.find((other) => !other.rpiCameraSecondary);
  if (!path.rpiCameraSecondary) {
    if (primary === undefined) return;
    throw new ConfigError(
      `'rpiCamera' with same camera ID ${path.rpiCameraCamID} is used as source in two paths, '${path.name}' and '${primary.name}'`,
    );
  }
  refuseIf(primary === undefined, 'cannot find a primary RPI Camera stream to associate with the secondary stream');
  refuseIf(
    others.some((other) => other.rpiCameraSecondary),
    'a primary RPI Camera stream is associated with multiple secondary streams',
  );
}
