/** A value of AMF0. Typed objects lose their class name; XML documents and long strings are strings. */
export type Amf0Value = number | boolean | string | null | undefined | Amf0Object | Amf0Date | readonly Amf0Value[];

/** Members in their order. An ECMA array is an object that announces how many members it has. */
export interface Amf0Object {
  readonly kind: 'object' | 'ecmaArray';
  readonly members: ReadonlyMap<string, Amf0Value>;
}

export interface Amf0Date {
  readonly kind: 'date';
  /** Milliseconds since 1970. */
  readonly timeMs: number;
}

/** Markers. Source: AMF0 2.1. */
export const AMF0_MARKER = {
  number: 0x00,
  boolean: 0x01,
  string: 0x02,
  object: 0x03,
  null: 0x05,
  undefined: 0x06,
  ecmaArray: 0x08,
  objectEnd: 0x09,
  strictArray: 0x0a,
  date: 0x0b,
  longString: 0x0c,
  unsupported: 0x0d,
  xmlDocument: 0x0f,
  typedObject: 0x10,
} as const;

export function amf0Object(members: Readonly<Record<string, Amf0Value>>): Amf0Object {
  return { kind: 'object', members: new Map(Object.entries(members)) };
}

export function amf0EcmaArray(members: Readonly<Record<string, Amf0Value>>): Amf0Object {
  return { kind: 'ecmaArray', members: new Map(Object.entries(members)) };
}

export function isAmf0Object(value: Amf0Value): value is Amf0Object {
  return typeof value === 'object' && value !== null && 'members' in value;
}

/** A member of what may be an object; undefined when it is none, or has no such member. */
export function amf0Member(value: Amf0Value, name: string): Amf0Value {
  return isAmf0Object(value) ? value.members.get(name) : undefined;
}
