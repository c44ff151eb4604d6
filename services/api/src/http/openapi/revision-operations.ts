import { comparisonSchema, listOf, okSchema, revisionSchema, revisionStateSchema } from './answer-schemas.ts';
import { PAGE } from './operation.ts';
import type { Operation } from './operation.ts';

const NOT_KEPT = 'Revisions are not kept.';
const NO_REVISION = `There is no such revision. Or: ${NOT_KEPT}`;
const NO_NUMBER = 'A revision is no number.';
const HISTORY = { tag: 'History of the configuration' } as const;

export const REVISION_OPERATIONS: readonly Operation[] = [
  {
    ...HISTORY,
    method: 'get',
    path: '/v3/config/revisions/list',
    id: 'configRevisionsList',
    summary: 'Revisions of the configuration, the newest first.',
    query: PAGE,
    answer: listOf(revisionSchema, 'ConfigRevisionList'),
    errors: { 400: 'The page or the number of items is not a number in its range.', 404: NOT_KEPT },
  },
  {
    ...HISTORY,
    method: 'get',
    path: '/v3/config/revisions/get/{number}',
    id: 'configRevisionsGet',
    summary: 'A revision, and the configuration as it was.',
    answer: revisionStateSchema,
    errors: { 400: NO_NUMBER, 404: NO_REVISION },
  },
  {
    ...HISTORY,
    method: 'get',
    path: '/v3/config/revisions/compare',
    id: 'configRevisionsCompare',
    summary: 'What differs between two revisions, or between one and what runs.',
    query: ['from', 'to'],
    answer: comparisonSchema,
    errors: { 400: NO_NUMBER, 404: NO_REVISION },
  },
  {
    ...HISTORY,
    method: 'post',
    path: '/v3/config/revisions/rollback/{number}',
    id: 'configRevisionsRollback',
    summary: 'The configuration is again what it was at a revision; that makes a new one.',
    answer: okSchema,
    errors: { 400: `${NO_NUMBER} Or the configuration is not valid any more.`, 404: NO_REVISION },
  },
];
