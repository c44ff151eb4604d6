import type { ConfigDocument } from '../document.ts';

/** What the shipped file sets beyond the defaults. Everything else in it is the default of its key. */
export const SHIPPED_DOCUMENT: ConfigDocument = {
  global: { api: true, apiAddress: '127.0.0.1:9997', stateDirectory: './state' },
  pathDefaults: { gopCache: 'catchUp' },
  paths: new Map([['all_others', {}]]),
};
