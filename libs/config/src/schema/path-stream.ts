import { credentialType, durationType, sizeType } from '../text-types.ts';
import { boolType, intType, stringType } from '../value-type.ts';
import { deprecatedKey, hotPathKey, pathKey, secret } from './key.ts';
import {
  alwaysAvailableTracksType,
  forwardType,
  gopCacheType,
  healthAlertsType,
  networkListType,
  recordFormatType,
  stringListType,
} from './types.ts';

const LEGACY_CREDENTIALS = {
  warning:
    'you are using one or more authentication-related deprecated parameters (publishUser, publishPass, publishIPs, readUser, ' +
    "readPass, readIPs). These have been replaced by 'authInternalUsers'",
};

/** Where the stream of a path comes from, and what readers get. */
export const PATH_SOURCE_KEYS = {
  source: pathKey(
    stringType,
    'publisher',
    'Where the stream comes from: "publisher" (a client publishes), the URL of another server to pull from, "redirect", or "rpiCamera".',
  ),
  sourceFingerprint: pathKey(stringType, '', 'SHA-256 of the certificate of a TLS source, in hex. Empty: it is verified as usual.'),
  sourceOnDemand: pathKey(boolType, false, 'Pulls the source only while someone reads.'),
  sourceOnDemandStartTimeout: pathKey(durationType, 10_000, 'Readers wait this long for a source on demand.'),
  sourceOnDemandCloseAfter: pathKey(durationType, 10_000, 'A source on demand is closed this long after its last reader left.'),
  sourceBackups: pathKey(
    stringListType,
    [],
    'URLs of sources that take over when `source` fails, the best first. All of them are pulled, so that a switch takes one key frame.',
  ),
  sourceSilenceTimeout: hotPathKey(
    durationType,
    5000,
    'With backups or offline content: a source that connects but sends nothing for this long has failed, and another takes over.',
  ),
  sourceRecoveryDelay: hotPathKey(
    durationType,
    10_000,
    'A source that failed and is there again runs for this long before readers go back to it from a backup.',
  ),
  maxReaders: pathKey(intType, 0, 'Most readers at once; 0 is no limit.'),
  srtReadPassphrase: pathKey(stringType, '', 'Passphrase that SRT readers need, 10 to 79 characters.'),
  fallback: deprecatedKey(
    stringType,
    { warning: "the 'fallback' feature is deprecated, use 'alwaysAvailable' instead" },
    'RTSP readers are redirected there (`/path` or an RTSP URL) while there is no stream.',
  ),
  useAbsoluteTimestamp: pathKey(boolType, false, "Takes the wall-clock time of frames from the source instead of this machine's clock."),
  gopCache: hotPathKey(
    gopCacheType,
    'off',
    'Instant start of readers: off (wait for the next key frame), burst (from the last key frame, as it came), catchUp (from the last key frame, sped up to live).',
  ),
} as const;

/** Offline content. */
export const PATH_ALWAYS_AVAILABLE_KEYS = {
  alwaysAvailable: pathKey(boolType, false, 'Readers get offline content while nobody publishes, and stay connected.'),
  alwaysAvailableTracks: pathKey(
    alwaysAvailableTracksType,
    [],
    'Tracks of the generated content: codec AV1, VP9, H265, H264, Opus, MPEG4Audio, G711 or LPCM; the last three with sampleRate and channelCount.',
  ),
  alwaysAvailableFile: pathKey(stringType, '', 'MP4 file that is played in a loop instead of generated content.'),
} as const;

/** Alerts of a stream that is not as it should be. */
export const PATH_HEALTH_KEYS = {
  healthAlerts: hotPathKey(
    healthAlertsType,
    healthAlertsType.zero,
    'Limits whose passing is an event: minBitrate (bits a second), minFrameRate, maxKeyFrameInterval, maxClockDrift (parts per million), maxSilence, noBFrames. What is left out has no limit.',
  ),
} as const;

/** Pushing a path to other servers. */
export const PATH_FORWARD_KEYS = {
  forward: hotPathKey(
    forwardType,
    [],
    'Servers that the stream is pushed to: dest is an rtmp, rtmps, rtsp, rtsps, srt, whip or whips URL and may contain $MTX_PATH and $G1.',
  ),
} as const;

/** Recording to disk. */
export const PATH_RECORD_KEYS = {
  record: hotPathKey(boolType, false, 'Records the stream to disk.'),
  playback: deprecatedKey(
    boolType,
    { warning: "parameter 'playback' is deprecated and has no effect" },
    'Has no effect; playback is the global key.',
  ),
  recordPath: hotPathKey(
    stringType,
    './recordings/%path/%Y-%m-%d_%H-%M-%S-%f',
    'File name of segments, without extension: %path, then %Y %m %d %H %M %S (or %s) and %f.',
  ),
  recordFormat: hotPathKey(recordFormatType, 'fmp4', 'fmp4 or mpegts.'),
  recordPartDuration: hotPathKey(durationType, 1000, 'Parts of a segment are written at this interval: the most that a power cut loses.'),
  recordMaxPartSize: hotPathKey(sizeType, 50 * 1024 * 1024, 'A part that grows beyond this ends the recording, to protect memory.'),
  recordSegmentDuration: hotPathKey(durationType, 3_600_000, 'Least duration of a segment; one day at most.'),
  recordDeleteAfter: hotPathKey(durationType, 86_400_000, 'Segments are deleted when they are this old; 0s keeps them.'),
} as const;

/** Users of a single path, from the time before authInternalUsers. */
export const PATH_LEGACY_AUTH_KEYS = {
  publishUser: deprecatedKey(credentialType, LEGACY_CREDENTIALS, 'User who may publish. Replaced by `authInternalUsers`.'),
  publishPass: secret(deprecatedKey(credentialType, LEGACY_CREDENTIALS, 'Password of publishers. Replaced by `authInternalUsers`.')),
  publishIPs: deprecatedKey(networkListType, LEGACY_CREDENTIALS, 'Addresses of publishers. Replaced by `authInternalUsers`.'),
  readUser: deprecatedKey(credentialType, LEGACY_CREDENTIALS, 'User who may read. Replaced by `authInternalUsers`.'),
  readPass: secret(deprecatedKey(credentialType, LEGACY_CREDENTIALS, 'Password of readers. Replaced by `authInternalUsers`.')),
  readIPs: deprecatedKey(networkListType, LEGACY_CREDENTIALS, 'Addresses of readers. Replaced by `authInternalUsers`.'),
} as const;

/** When the source is a publisher. */
export const PATH_PUBLISHER_KEYS = {
  overridePublisher: pathKey(boolType, true, 'A new publisher takes the place of the present one.'),
  disablePublisherOverride: deprecatedKey(boolType, { replacedBy: 'overridePublisher', as: 'not', onlyFor: 'publisher' }),
  publisherGrace: hotPathKey(
    durationType,
    0,
    'Readers stay connected for this long after their publisher left, and go on when it returns.',
  ),
  srtPublishPassphrase: pathKey(stringType, '', 'Passphrase that SRT publishers need, 10 to 79 characters.'),
  rtspDemuxMpegts: pathKey(boolType, false, 'Takes MPEG-TS that an RTSP publisher sends apart into its tracks.'),
} as const;
