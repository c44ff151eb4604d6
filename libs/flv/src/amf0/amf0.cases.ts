import { amf0EcmaArray, amf0Object } from './value.ts';
import type { Amf0Value } from './value.ts';

/** Values and their bytes; read and written. */
export const AMF0_CASES: readonly { readonly name: string; readonly hex: string; readonly values: readonly Amf0Value[] }[] = [
  { name: 'nothing', hex: '', values: [] },
  { name: 'a number', hex: '00400b333333333333', values: [3.4] },
  { name: 'booleans', hex: '01010100', values: [true, false] },
  { name: 'a string', hex: '020003666f6f', values: ['foo'] },
  { name: 'an empty string', hex: '020000', values: [''] },
  { name: 'text beyond ASCII', hex: '020005c3a9e282ac', values: ['é€'] },
  { name: 'null and undefined', hex: '0506', values: [null, undefined] },
  {
    name: 'an object in an object',
    hex: '03' + '0001' + '61' + '020001' + '78' + '0001' + '6f' + '03' + '0001' + '62' + '05' + '000009' + '000009',
    values: [amf0Object({ a: 'x', o: amf0Object({ b: null }) })],
  },
  { name: 'an ECMA array', hex: '0800000001' + '0001' + '61' + '0101' + '000009', values: [amf0EcmaArray({ a: true })] },
  { name: 'a strict array', hex: '0a00000002' + '0101' + '020001' + '62', values: [[true, 'b']] },
  { name: 'a date', hex: '0b' + '4277be05f8c00000' + '0000', values: [{ kind: 'date', timeMs: 1_631_556_963_328 }] },
  {
    name: 'a command',
    hex: '020007' + '636f6e6e656374' + '003ff0000000000000' + '03' + '0003' + '617070' + '020004' + '6c697665' + '000009',
    values: ['connect', 1, amf0Object({ app: 'live' })],
  },
];

/** What is read, but not written so. */
export const AMF0_LENIENT_CASES: readonly { readonly name: string; readonly hex: string; readonly values: readonly Amf0Value[] }[] = [
  { name: 'a long string', hex: '0c00000003666f6f', values: ['foo'] },
  { name: 'an XML document', hex: '0f000000043c612f3e', values: ['<a/>'] },
  { name: 'a typed object', hex: '10' + '0003' + '436c73' + '0001' + '61' + '05' + '000009', values: [amf0Object({ a: null })] },
  { name: 'an ECMA array with a wrong count', hex: '0800000099' + '0001' + '61' + '05' + '000009', values: [amf0EcmaArray({ a: null })] },
  { name: 'an unsupported value', hex: '0d', values: [undefined] },
  { name: 'any byte as true', hex: '01ff', values: [true] },
];

export const AMF0_MALFORMED: readonly { readonly name: string; readonly hex: string }[] = [
  { name: 'a marker of AMF3', hex: '11' },
  { name: 'a reference', hex: '070001' },
  { name: 'a movie clip', hex: '04' },
  { name: 'a string that is too short', hex: '020004666f6f' },
  { name: 'an object without end', hex: '03' + '0001' + '61' + '05' },
  { name: 'a long string of 4 GB', hex: '0cffffffff' },
  { name: 'an array of 4 billion', hex: '0affffffff' },
];
