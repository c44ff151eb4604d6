import type { ByteReader, ByteWriter } from '@mediamesh/bytes';
import { bytesFromUtf8, copyBytes, ParseError, utf8FromBytes } from '@mediamesh/bytes';
import type { CodecDescription, CodecName } from '@mediamesh/codecs';

type ParametersOf<C extends CodecName> = Extract<CodecDescription, { codec: C }>['parameters'];
type FieldKind = 'number' | 'flag' | 'bytes' | 'text' | 'texts' | 'multistream';
type KindOf<V> = V extends number
  ? 'number'
  : V extends boolean
    ? 'flag'
    : V extends Uint8Array
      ? 'bytes'
      : V extends string
        ? 'text'
        : V extends { readonly streamCount: number }
          ? 'multistream'
          : 'texts';
/** Every parameter of a codec with how it is written, `?` when it can be absent: the compiler finds what is missing here. */
type FieldsOf<P> = { readonly [K in keyof P]-?: object extends Pick<P, K> ? `${KindOf<NonNullable<P[K]>>}?` : KindOf<P[K]> };

interface CodecLayout<C extends CodecName> {
  /** On the wire; never given to another codec. */
  readonly code: number;
  /** In the order of writing. */
  readonly fields: FieldsOf<ParametersOf<C>>;
}

const GENERIC_FIELDS = { rtpMap: 'text', fmtp: 'texts', payloadType: 'number', mediaType: 'text' } as const;

const LAYOUTS: { readonly [C in CodecName]: CodecLayout<C> } = {
  Generic: { code: 0, fields: GENERIC_FIELDS },
  AV1: { code: 1, fields: { profile: 'number?', levelIdx: 'number?', tier: 'number?' } },
  VP9: { code: 2, fields: { profileId: 'number?' } },
  VP8: { code: 3, fields: {} },
  H265: { code: 4, fields: { vps: 'bytes?', sps: 'bytes?', pps: 'bytes?', maxDonDiff: 'number?' } },
  H264: { code: 5, fields: { sps: 'bytes?', pps: 'bytes?' } },
  'MPEG-4 Video': { code: 6, fields: { profileLevelId: 'number?', config: 'bytes?' } },
  'MPEG-1/2 Video': { code: 7, fields: {} },
  'M-JPEG': { code: 8, fields: {} },
  Opus: { code: 9, fields: { channelCount: 'number', multistream: 'multistream?' } },
  'MPEG-4 Audio': { code: 10, fields: { config: 'bytes' } },
  'MPEG-4 Audio LATM': {
    code: 11,
    fields: { profileLevelId: 'number?', bitrateBps: 'number?', configInBand: 'flag', config: 'bytes?', sbrEnabled: 'flag?' },
  },
  'MPEG-1/2 Audio': { code: 12, fields: {} },
  AC3: { code: 13, fields: { sampleRateHz: 'number', channelCount: 'number' } },
  G726: { code: 14, fields: { bitrateBps: 'number', aal2: 'flag' } },
  G722: { code: 15, fields: { channelCount: 'number' } },
  G711: { code: 16, fields: { muLaw: 'flag', sampleRateHz: 'number', channelCount: 'number' } },
  LPCM: { code: 17, fields: { bitDepth: 'number', sampleRateHz: 'number', channelCount: 'number' } },
  KLV: { code: 18, fields: {} },
  'MPEG-TS': { code: 19, fields: GENERIC_FIELDS },
  FLAC: { code: 20, fields: GENERIC_FIELDS },
  Vorbis: { code: 21, fields: GENERIC_FIELDS },
  Speex: { code: 22, fields: GENERIC_FIELDS },
};

const CODECS_BY_CODE = new Map<number, CodecName>();
for (const codec of Object.keys(LAYOUTS) as CodecName[]) CODECS_BY_CODE.set(LAYOUTS[codec].code, codec);

/**
 * A codec with its parameters: its code, then its fields in order; an absent one is the byte 0, a present optional one follows the byte 1.
 * Numbers are 4 bytes, bytes and texts follow their length in 4 bytes, lists their count.
 */
export function writeCodec(description: CodecDescription, writer: ByteWriter): void {
  const layout = LAYOUTS[description.codec];
  writer.u8(layout.code);
  const values = description.parameters as Readonly<Record<string, unknown>>;
  for (const [name, kind] of Object.entries<string>(layout.fields)) {
    const value = values[name];
    if (kind.endsWith('?')) {
      writer.u8(value === undefined ? 0 : 1);
      if (value === undefined) continue;
    }
    writeField(kindOf(kind), value, writer);
  }
}

/** Errors: ParseError for an unknown codec, or when it is truncated. Aliasing: bytes are copies, since descriptions outlive messages. */
export function readCodec(reader: ByteReader): CodecDescription {
  const code = reader.u8();
  const codec = CODECS_BY_CODE.get(code);
  if (codec === undefined) throw new ParseError(reader.structure, reader.position - 1, `has the unknown codec ${code}`);
  const parameters: Record<string, unknown> = {};
  for (const [name, kind] of Object.entries<string>(LAYOUTS[codec].fields)) {
    if (kind.endsWith('?') && !readFlag(reader)) continue;
    parameters[name] = readField(kindOf(kind), reader);
  }
  return { codec, parameters } as unknown as CodecDescription;
}

export function writeText(text: string, writer: ByteWriter): void {
  const bytes = bytesFromUtf8(text);
  writer.u32(bytes.length).bytes(bytes);
}

export function readText(reader: ByteReader): string {
  return utf8FromBytes(reader.bytes(reader.u32()));
}

function kindOf(field: string): FieldKind {
  return (field.endsWith('?') ? field.substring(0, field.length - 1) : field) as FieldKind;
}

function writeField(kind: FieldKind, value: unknown, writer: ByteWriter): void {
  switch (kind) {
    case 'number':
      writer.u32(value as number);
      break;
    case 'flag':
      writer.u8(value === true ? 1 : 0);
      break;
    case 'bytes':
      writer.u32((value as Uint8Array).length).bytes(value as Uint8Array);
      break;
    case 'text':
      writeText(value as string, writer);
      break;
    case 'texts':
      writeTexts(value as Readonly<Record<string, string>>, writer);
      break;
    case 'multistream':
      writeMultistream(value as Multistream, writer);
      break;
  }
}

function readField(kind: FieldKind, reader: ByteReader): unknown {
  switch (kind) {
    case 'number':
      return reader.u32();
    case 'flag':
      return readFlag(reader);
    case 'bytes':
      return copyBytes(reader.bytes(reader.u32()));
    case 'text':
      return readText(reader);
    case 'texts':
      return readTexts(reader);
    case 'multistream':
      return readMultistream(reader);
  }
}

function readFlag(reader: ByteReader): boolean {
  const value = reader.u8();
  if (value > 1) throw new ParseError(reader.structure, reader.position - 1, `has ${value} where 0 or 1 belongs`);
  return value === 1;
}

function writeTexts(texts: Readonly<Record<string, string>>, writer: ByteWriter): void {
  const entries = Object.entries(texts);
  writer.u32(entries.length);
  for (const [key, value] of entries) {
    writeText(key, writer);
    writeText(value, writer);
  }
}

function readTexts(reader: ByteReader): Record<string, string> {
  const entries: [string, string][] = [];
  for (let left = reader.u32(); left > 0; left--) entries.push([readText(reader), readText(reader)]);
  return Object.fromEntries(entries); // defines own properties: a key `__proto__` is a key
}

type Multistream = NonNullable<ParametersOf<'Opus'>['multistream']>;

function writeMultistream(value: Multistream, writer: ByteWriter): void {
  writer.u8(value.streamCount).u8(value.coupledCount).u8(value.mapping.length).bytes(Uint8Array.from(value.mapping));
}

function readMultistream(reader: ByteReader): Multistream {
  const streamCount = reader.u8();
  const coupledCount = reader.u8();
  return { streamCount, coupledCount, mapping: [...reader.bytes(reader.u8())] };
}
