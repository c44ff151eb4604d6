import { durationType } from '../text-types.ts';
import { boolType, stringType } from '../value-type.ts';
import { deprecatedKey } from './key.ts';
import { recordFormatType } from './types.ts';

/** Recording, from the time when it was set for all paths at once. */
export const LEGACY_RECORD_KEYS = {
  record: deprecatedKey(boolType, { replacedBy: 'record', as: 'pathDefault' }),
  recordPath: deprecatedKey(stringType, { replacedBy: 'recordPath', as: 'pathDefault' }),
  recordFormat: deprecatedKey(recordFormatType, { replacedBy: 'recordFormat', as: 'pathDefault' }),
  recordPartDuration: deprecatedKey(durationType, { replacedBy: 'recordPartDuration', as: 'pathDefault' }),
  recordSegmentDuration: deprecatedKey(durationType, { replacedBy: 'recordSegmentDuration', as: 'pathDefault' }),
  recordDeleteAfter: deprecatedKey(durationType, { replacedBy: 'recordDeleteAfter', as: 'pathDefault' }),
} as const;
