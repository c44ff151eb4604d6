import { durationType } from '../text-types.ts';
import { boolType, stringType } from '../value-type.ts';
import { deprecatedKey, pathKey } from './key.ts';

const RESTART = 'Runs the command again whenever it ends.';

/** Commands that run when something happens on the path; MTX_PATH, RTSP_PORT and $G1 are in their environment. */
export const PATH_HOOK_KEYS = {
  runOnInit: pathKey(stringType, '', 'Command to run as long as the path is configured; not for regular expressions.'),
  runOnInitRestart: pathKey(boolType, false, RESTART),
  runOnDemand: pathKey(stringType, '', 'Command to run while someone reads, so that it publishes. It also gets MTX_QUERY.'),
  runOnDemandRestart: pathKey(boolType, false, RESTART),
  runOnDemandStartTimeout: pathKey(durationType, 10_000, 'Readers wait this long for the stream of runOnDemand.'),
  runOnDemandCloseAfter: pathKey(durationType, 10_000, 'runOnDemand is stopped this long after the last reader left.'),
  runOnUnDemand: pathKey(stringType, '', 'Command to run when runOnDemand was stopped.'),
  runOnAvailable: pathKey(
    stringType,
    '',
    'Command to run while the stream can be read. It also gets MTX_QUERY, MTX_SOURCE_TYPE and MTX_SOURCE_ID.',
  ),
  runOnAvailableRestart: pathKey(boolType, false, RESTART),
  runOnUnavailable: pathKey(stringType, '', 'Command to run when the stream cannot be read any more.'),
  runOnReady: deprecatedKey(stringType, { replacedBy: 'runOnAvailable' }),
  runOnReadyRestart: deprecatedKey(boolType, { replacedBy: 'runOnAvailableRestart' }),
  runOnNotReady: deprecatedKey(stringType, { replacedBy: 'runOnUnavailable' }),
  runOnOnline: pathKey(stringType, '', 'Command to run while a real source feeds the stream, not offline content.'),
  runOnOnlineRestart: pathKey(boolType, false, RESTART),
  runOnOffline: pathKey(stringType, '', 'Command to run when the real source left.'),
  runOnRead: pathKey(
    stringType,
    '',
    'Command to run while a client reads, once for each. It also gets MTX_QUERY, MTX_READER_TYPE and MTX_READER_ID.',
  ),
  runOnReadRestart: pathKey(boolType, false, RESTART),
  runOnUnread: pathKey(stringType, '', 'Command to run when a client stops reading.'),
  runOnRecordSegmentCreate: pathKey(stringType, '', 'Command to run when a segment file is created. It also gets MTX_SEGMENT_PATH.'),
  runOnRecordSegmentComplete: pathKey(
    stringType,
    '',
    'Command to run when a segment file is complete. It also gets MTX_SEGMENT_PATH and MTX_SEGMENT_DURATION.',
  ),
} as const;
