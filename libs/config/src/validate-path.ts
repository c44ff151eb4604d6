import { ConfigError } from './config-error.ts';
import { compilePathPattern } from './path-lookup.ts';
import { isPatternPath, pathNameProblem } from './path-name.ts';
import type { GlobalConfig, PathConfig } from './schema/schema.ts';
import { checkAlwaysAvailableTrack } from './schema/types.ts';
import { checkSourceUrl, parseSourceUrl, redactUrl } from './source-url.ts';
import { validateRpiCamera } from './validate-rpi-camera.ts';

const MS_PER_DAY = 86_400_000;
const MIN_SRT_PASSPHRASE = 10;
const MAX_SRT_PASSPHRASE = 79;
const FORWARD_SCHEMES = new Set(['rtmp', 'rtmps', 'rtsp', 'rtsps', 'srt', 'whip', 'whips']);

/** What a path is checked against. */
export interface PathContext {
  readonly global: GlobalConfig;
  readonly paths: ReadonlyMap<string, PathConfig>;
  /** Throws when an MP4 file cannot be played in a loop. */
  readonly checkMp4File: (file: string) => void;
}

/** Checks a resolved path. Errors: ConfigError with MediaMTX's messages. */
export function validatePath(path: PathConfig, context: PathContext): void {
  const isPattern = validatePathName(path.name);
  refuseIf(
    path.srtPublishPassphrase !== '' && path.source !== 'publisher',
    "'srtPublishPassphase' can only be used when source is 'publisher'",
  );
  refuseIf(path.source !== 'redirect' && path.sourceRedirect !== '', "'sourceRedirect' is useless when source is not 'redirect'");
  validateSource(path, context);
  validateOnDemand(path, isPattern);
  if (path.srtReadPassphrase !== '') checkPassphrase('readRTPassphrase', path.srtReadPassphrase);
  validateForward(path);
  for (const [name, limit] of Object.entries(path.healthAlerts)) {
    refuseIf(Number(limit) < 0, `invalid 'healthAlerts': '${name}' must not be negative`);
  }
  if (path.fallback !== undefined) checkRedirect(path.fallback);
  if (path.alwaysAvailable) validateAlwaysAvailable(path, isPattern, context);
  for (const track of path.alwaysAvailableTracks) checkAlwaysAvailableTrack(track);
  validateRecord(path, context.global);
  validateHooks(path, isPattern);
}

function refuseIf(condition: boolean, message: string): void {
  if (condition) throw new ConfigError(message);
}

function validatePathName(name: string): boolean {
  if (isPatternPath(name)) {
    compilePathPattern(name);
    return true;
  }
  const problem = pathNameProblem(name);
  if (problem !== undefined) throw new ConfigError(`invalid path name '${name}': ${problem}`);
  return false;
}

function validateSource(path: PathConfig, context: PathContext): void {
  const { source } = path;
  if (source === 'publisher') {
    if (path.srtPublishPassphrase !== '') checkPassphrase('srtPublishPassphrase', path.srtPublishPassphrase);
  } else if (source === 'redirect') {
    refuseIf(path.sourceRedirect === '', 'source redirect must be filled');
    checkRedirect(path.sourceRedirect);
  } else if (source === 'rpiCamera') {
    validateRpiCamera(path, context.paths);
  } else {
    validateSourceUrl(source, path);
  }
  refuseIf(
    path.sourceBackups.length > 0 && (source === 'publisher' || source === 'redirect'),
    "'sourceBackups' is useless when source is not pulled",
  );
  for (const backup of path.sourceBackups) validateSourceUrl(backup, path);
}

function validateSourceUrl(source: string, path: PathConfig): void {
  const scheme = /^([a-z+]+):\/\//.exec(source)?.[1];
  switch (scheme) {
    case 'rtsp':
    case 'rtsps':
    case 'rtsp+http':
    case 'rtsps+http':
    case 'rtsp+ws':
    case 'rtsps+ws':
    case 'rtmp':
    case 'rtmps':
    case 'http':
    case 'https':
    case 'srt':
    case 'moqt':
    case 'whep':
    case 'wheps':
      checkSourceUrl(source);
      return;
    case 'udp':
    case 'udp+mpegts':
    case 'udp+rtp':
      refuseIf(!checkSourceUrl(source).host.includes(':'), `'${source}' is missing the port`);
      break;
    case 'unix+mpegts':
    case 'unix+rtp':
      break;
    default:
      throw new ConfigError(`invalid source: '${redactUrl(source)}'`);
  }
  refuseIf((scheme === 'udp+rtp' || scheme === 'unix+rtp') && path.rtpSDP === '', '`rtpSDP` was not provided');
}

function validateOnDemand(path: PathConfig, isPattern: boolean): void {
  refuseIf(path.sourceOnDemand && path.source === 'publisher', "'sourceOnDemand' is useless when source is 'publisher'");
  const isStatic = path.source !== 'publisher' && path.source !== 'redirect';
  refuseIf(
    isStatic && isPattern && !path.sourceOnDemand,
    "a path with a regular expression (or path 'all_others') and a static source must have 'sourceOnDemand' set to true",
  );
}

function checkPassphrase(name: string, passphrase: string): void {
  const length = new TextEncoder().encode(passphrase).length;
  refuseIf(length < MIN_SRT_PASSPHRASE || length > MAX_SRT_PASSPHRASE, `invalid '${name}': must be between 10 and 79 characters`);
}

function checkRedirect(target: string): void {
  if (target.startsWith('/')) {
    const problem = pathNameProblem(target.slice(1));
    refuseIf(problem !== undefined, `'${target}': ${problem}`);
    return;
  }
  const scheme = parseSourceUrl(target)?.scheme;
  refuseIf(scheme !== 'rtsp' && scheme !== 'rtsps', `'${redactUrl(target)}' is not a valid RTSP URL`);
}

function validateForward(path: PathConfig): void {
  for (const [i, { dest }] of path.forward.entries()) {
    try {
      refuseIf(dest === '', 'destination is empty');
      const { scheme } = checkSourceUrl(dest.replaceAll('$MTX_PATH', 'path'));
      refuseIf(
        !FORWARD_SCHEMES.has(scheme),
        `unsupported scheme '${scheme}', supported ones are rtmp, rtmps, rtsp, rtsps, srt, whip and whips`,
      );
    } catch (error) {
      if (error instanceof ConfigError) throw new ConfigError(`invalid 'forward': entry ${i}: ${error.reason}`, {}, { cause: error });
      throw error;
    }
  }
}

function validateAlwaysAvailable(path: PathConfig, isPattern: boolean, context: PathContext): void {
  refuseIf(isPattern, "'alwaysAvailable' cannot be used in a path with a regular expression (or path 'all_others')");
  refuseIf(path.sourceOnDemand, "'sourceOnDemand' is not compatible with 'alwaysAvailable'");
  refuseIf(path.runOnDemand !== '' || path.runOnUnDemand !== '', "'runOnDemand' and 'runOnUnDemand' cannot be used with 'alwaysAvailable'");
  if (path.alwaysAvailableFile !== '') {
    refuseIf(path.alwaysAvailableTracks.length > 0, "'alwaysAvailableFile' and 'alwaysAvailableTracks' cannot be used together");
    try {
      context.checkMp4File(path.alwaysAvailableFile);
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      throw new ConfigError(`invalid 'alwaysAvailableFile': ${problem}`, {}, { cause: error });
    }
  } else {
    refuseIf(path.alwaysAvailableTracks.length === 0, "'alwaysAvailableTracks' must contain at least one track");
  }
  refuseIf(path.useAbsoluteTimestamp, "'useAbsoluteTimestamp' cannot be used with 'alwaysAvailable'");
}

function validateRecord(path: PathConfig, global: GlobalConfig): void {
  const has = (code: string): boolean => path.recordPath.includes(code);
  refuseIf(!has('%path'), "'recordPath' must contain %path");
  refuseIf(!has('%s') && !['%Y', '%m', '%d', '%H', '%M', '%S'].every(has), "'recordPath' must contain either %s or %Y %m %d %H %M %S");
  refuseIf(global.playback && !has('%f'), "'recordPath' must contain %f");
  refuseIf(path.recordSegmentDuration > MS_PER_DAY, 'maximum segment duration is 1 day');
  refuseIf(
    path.recordDeleteAfter !== 0 && path.recordDeleteAfter < path.recordSegmentDuration,
    "'recordDeleteAfter' cannot be lower than 'recordSegmentDuration'",
  );
}

function validateHooks(path: PathConfig, isPattern: boolean): void {
  refuseIf(
    path.runOnInit !== '' && isPattern,
    "a path with a regular expression (or path 'all_others') does not support option 'runOnInit'; use another path",
  );
  refuseIf(
    (path.runOnDemand !== '' || path.runOnUnDemand !== '') && path.source !== 'publisher',
    "'runOnDemand' and 'runOnUnDemand' can be used only when source is 'publisher'",
  );
}
