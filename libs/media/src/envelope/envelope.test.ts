import { bytesFromHex, hexFromBytes } from '@mediamesh/bytes';
import { describe, expect, test } from 'vitest';
import { busUnit, epochState, VIDEO } from '../testing.cases.ts';
import { CODEC_CASES, STATE_GOLDEN, stateWith, UNIT_CASES } from './envelope.cases.ts';
import { MAX_END_REASON_BYTES, parseEndEnvelope, serializeEndEnvelope } from './end-envelope.ts';
import { EnvelopeKind, envelopeKind, EnvelopeVersionError, MAX_ENVELOPE_BYTES } from './header.ts';
import { parseStateEnvelope, serializeStateEnvelope } from './state-envelope.ts';
import {
  MAX_PAYLOAD_ENTRIES,
  MAX_TRACK_ID,
  MAX_UNIT_BYTES,
  parseUnitEnvelope,
  serializeUnitEnvelope,
  sizeOfUnitEnvelope,
  unitNumberOf,
  writeUnitEnvelopeInto,
} from './unit-envelope.ts';

const END_HEX = '01030000' + '0000000000000005' + '6c656674';
const FIXED_BYTES = 60;

describe('unit envelope', () => {
  test.each(UNIT_CASES)('golden: $name', ({ unit, hex }) => {
    expect(hexFromBytes(serializeUnitEnvelope(unit))).toBe(hex);
    expect(parseUnitEnvelope(bytesFromHex(hex))).toEqual(unit);
    expect(unitNumberOf(bytesFromHex(hex))).toBe(unit.number);
  });

  test.each(UNIT_CASES)('truncated at any offset, or followed by a byte: $name', ({ hex }) => {
    const bytes = bytesFromHex(hex);
    for (let end = 0; end < bytes.length; end++) expect(() => parseUnitEnvelope(bytes.subarray(0, end))).toThrow(/envelope/);
    expect(() => parseUnitEnvelope(bytesFromHex(`${hex}00`))).toThrow('1 bytes follow');
  });

  test('is written at an offset, between what is there', () => {
    const { unit, hex } = UNIT_CASES[0]!;
    const target = new Uint8Array(sizeOfUnitEnvelope(unit) + 4).fill(0xee);
    expect(writeUnitEnvelopeInto(unit, target, 2)).toBe(target.length - 2);
    expect(hexFromBytes(target)).toBe(`eeee${hex}eeee`);
  });

  test('payloads are views of the message', () => {
    const bytes = serializeUnitEnvelope(busUnit());
    expect(parseUnitEnvelope(bytes).payload[0]!.buffer).toBe(bytes.buffer);
  });

  test('limits: at them a unit is carried, one past it is refused', () => {
    const entries = (count: number) => busUnit({ payload: Array<Uint8Array>(count).fill(Uint8Array.of(1)) });
    expect(parseUnitEnvelope(serializeUnitEnvelope(entries(MAX_PAYLOAD_ENTRIES))).payload).toHaveLength(MAX_PAYLOAD_ENTRIES);
    expect(() => serializeUnitEnvelope(entries(MAX_PAYLOAD_ENTRIES + 1))).toThrow(RangeError);
    const sized = (size: number) => busUnit({ payload: [new Uint8Array(size - FIXED_BYTES - 4)] });
    expect(sizeOfUnitEnvelope(sized(MAX_UNIT_BYTES))).toBe(MAX_UNIT_BYTES);
    expect(() => sizeOfUnitEnvelope(sized(MAX_UNIT_BYTES + 1))).toThrow(RangeError);
    expect(sizeOfUnitEnvelope(busUnit({ trackId: MAX_TRACK_ID }))).toBe(FIXED_BYTES + 7);
    expect(() => sizeOfUnitEnvelope(busUnit({ trackId: MAX_TRACK_ID + 1 }))).toThrow(RangeError);
  });

  test.each([
    ['too many entries', 56, '00001001', 'payload entries'],
    ['an entry past the end', 60, '00000004', 'a payload entry is truncated'],
    ['a number that is not safe', 12, '0020000000000000', 'exceeds 2^53'],
    ['a negative number', 12, 'ffffffffffffffff', 'negative'],
    ['a chunk', 2, '04', 'is a chunk'],
    ['an unknown flag', 2, '10', 'unknown flags'],
    ['another kind', 1, '03', 'kind 3'],
    ['an unknown kind', 1, '09', 'unknown kind 9'],
  ])('refuses %s', (_, offset, hex, message) => {
    const bytes = serializeUnitEnvelope(busUnit());
    bytes.set(bytesFromHex(hex), offset);
    expect(() => parseUnitEnvelope(bytes)).toThrow(message);
  });

  test('refuses more bytes than a unit may have before it reads them', () => {
    const bytes = new Uint8Array(MAX_UNIT_BYTES + 1);
    bytes.set(serializeUnitEnvelope(busUnit({ payload: [] })));
    expect(() => parseUnitEnvelope(bytes)).toThrow('more than');
  });
});

describe('state envelope', () => {
  test('golden', () => {
    expect(hexFromBytes(serializeStateEnvelope(STATE_GOLDEN.state))).toBe(STATE_GOLDEN.hex);
    expect(parseStateEnvelope(bytesFromHex(STATE_GOLDEN.hex))).toEqual(STATE_GOLDEN.state);
  });

  test.each(CODEC_CASES.map((codec, i) => [codec.codec, i] as const))('%s (%i)', (_, i) => {
    const state = stateWith(CODEC_CASES[i]!);
    const bytes = serializeStateEnvelope(state);
    expect(parseStateEnvelope(bytes)).toEqual(state);
    for (let end = 0; end < bytes.length; end++) expect(() => parseStateEnvelope(bytes.subarray(0, end))).toThrow(/envelope/);
  });

  test('what is absent stays absent', () => {
    const { timelineOffsetUs: _, ...state } = epochState();
    expect(parseStateEnvelope(serializeStateEnvelope(state))).toStrictEqual(state);
  });

  test('parameters are copies: a description outlives its message', () => {
    const bytes = bytesFromHex(STATE_GOLDEN.hex);
    const state = parseStateEnvelope(bytes);
    bytes.fill(0);
    expect(state).toEqual(STATE_GOLDEN.state);
  });

  test('a key named __proto__ is a key', () => {
    const fmtp = Object.fromEntries([['__proto__', 'x']]);
    const state = stateWith({ codec: 'Generic', parameters: { rtpMap: '', fmtp, payloadType: 0, mediaType: 'audio' } });
    const { parameters } = parseStateEnvelope(serializeStateEnvelope(state)).description.tracks[0]!;
    expect(Object.entries((parameters as { fmtp: object }).fmtp)).toEqual([['__proto__', 'x']]);
  });

  test('limits: size, count of tracks, track id', () => {
    const titled = (bytes: number) => epochState({ description: { tracks: [VIDEO], revision: 0, title: 'x'.repeat(bytes) } });
    const room = MAX_ENVELOPE_BYTES - serializeStateEnvelope(titled(0)).length;
    expect(parseStateEnvelope(serializeStateEnvelope(titled(room)))).toEqual(titled(room));
    expect(() => serializeStateEnvelope(titled(room + 1))).toThrow(RangeError);
    const tracks = (count: number) => epochState({ description: { tracks: Array(count).fill(VIDEO), revision: 0 } });
    expect(parseStateEnvelope(serializeStateEnvelope(tracks(255))).description.tracks).toHaveLength(255);
    expect(() => serializeStateEnvelope(tracks(256))).toThrow(RangeError);
    expect(() => serializeStateEnvelope(epochState({ description: { tracks: [{ ...VIDEO, id: 256 }], revision: 0 } }))).toThrow(RangeError);
  });

  test.each([
    ['an unknown flag', 2, '0f', 'unknown flags'],
    ['an unknown kind of track', 64, '03', 'unknown kind'],
    ['a clock rate of 0', 65, '00000000', 'clock rate 0'],
    ['an unknown codec', 69, 'ff', 'unknown codec 255'],
    ['a flag that is neither 0 nor 1', 70, '02', '0 or 1'],
  ])('refuses %s', (_, offset, hex, message) => {
    const bytes = bytesFromHex(STATE_GOLDEN.hex);
    bytes.set(bytesFromHex(hex), offset);
    expect(() => parseStateEnvelope(bytes)).toThrow(message);
  });

  test('refuses bytes that follow it, and more of them than an envelope has', () => {
    expect(() => parseStateEnvelope(bytesFromHex(`${STATE_GOLDEN.hex}00`))).toThrow('1 bytes follow');
    const bytes = new Uint8Array(MAX_ENVELOPE_BYTES + 1);
    bytes.set(bytesFromHex(STATE_GOLDEN.hex));
    expect(() => parseStateEnvelope(bytes)).toThrow('more than');
  });
});

describe('end envelope', () => {
  test('golden', () => {
    expect(hexFromBytes(serializeEndEnvelope({ epoch: 5, reason: 'left' }))).toBe(END_HEX);
    expect(parseEndEnvelope(bytesFromHex(END_HEX))).toEqual({ epoch: 5, reason: 'left' });
  });

  test('a reason is cut at its limit', () => {
    const reasonOf = (length: number) => parseEndEnvelope(serializeEndEnvelope({ epoch: 5, reason: 'x'.repeat(length) })).reason;
    expect(reasonOf(MAX_END_REASON_BYTES)).toHaveLength(MAX_END_REASON_BYTES);
    expect(reasonOf(MAX_END_REASON_BYTES + 1)).toHaveLength(MAX_END_REASON_BYTES);
  });

  test('truncated in its header', () => {
    for (let end = 0; end < 12; end++) expect(() => parseEndEnvelope(bytesFromHex(END_HEX).subarray(0, end))).toThrow('envelope');
  });
});

describe('versions and kinds', () => {
  test.each([
    ['unit', UNIT_CASES[0]!.hex, EnvelopeKind.unit],
    ['state', STATE_GOLDEN.hex, EnvelopeKind.state],
    ['end', END_HEX, EnvelopeKind.end],
  ])('%s', (_, hex, kind) => {
    const bytes = bytesFromHex(hex);
    expect(envelopeKind(bytes)).toBe(kind);
    bytes[0] = 2;
    expect(() => envelopeKind(bytes)).toThrow(EnvelopeVersionError);
    expect(() => parseUnitEnvelope(bytes)).toThrow('version 2, this service reads version 1');
  });

  test('another version is refused before anything else is read', () => {
    expect(() => envelopeKind(Uint8Array.of(7))).toThrow(EnvelopeVersionError);
  });
});
