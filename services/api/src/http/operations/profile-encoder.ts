import { Profile, StringTable } from 'pprof-format';

/** A function as V8 names it. Lines and columns begin at 0, as in V8. */
export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
}

/** A place in the tree of calls. */
export interface CallNode {
  readonly callFrame: CallFrame;
  readonly parent: CallNode | undefined;
}

export interface ProfileSample {
  readonly leaf: CallNode;
  /** One a value type. */
  readonly values: readonly number[];
}

export interface ProfileValueType {
  readonly type: string;
  readonly unit: string;
}

export interface ProfileFacts {
  /** The last one is what readers show without being asked for another. */
  readonly valueTypes: readonly ProfileValueType[];
  readonly samples: readonly ProfileSample[];
  readonly periodType: ProfileValueType;
  readonly period: number;
  readonly timeMs: number;
  readonly durationMs: number;
}

const NANOS_PER_MS = 1_000_000;

/**
 * A profile in the protobuf of pprof, uncompressed.
 * Source: profile.proto of google/pprof. One location a function: V8 tells where it begins, not which line ran.
 */
export function encodeProfile({ valueTypes, samples, periodType, period, timeMs, durationMs }: ProfileFacts): Uint8Array {
  const stringTable = new StringTable();
  const functions = new Functions(stringTable);
  const valueType = ({ type, unit }: ProfileValueType) => ({ type: stringTable.dedup(type), unit: stringTable.dedup(unit) });
  const sample = samples.map(({ leaf, values }) => ({ locationId: functions.stackOf(leaf), value: [...values] }));
  return new Profile({
    sampleType: valueTypes.map(valueType),
    sample,
    location: functions.ids.map((id) => ({ id, line: [{ functionId: id, line: functions.lineOf(id) }] })),
    function: functions.all,
    stringTable,
    timeNanos: BigInt(Math.round(timeMs)) * BigInt(NANOS_PER_MS),
    durationNanos: Math.round(durationMs * NANOS_PER_MS),
    periodType: valueType(periodType),
    period,
  }).encode();
}

interface FunctionEntry {
  readonly id: number;
  readonly name: number;
  readonly systemName: number;
  readonly filename: number;
  readonly startLine: number;
}

/** The functions of a profile; the id of a location is that of its function. */
class Functions {
  readonly all: FunctionEntry[] = [];
  private readonly byKey = new Map<string, number>();
  private readonly strings: StringTable;

  constructor(strings: StringTable) {
    this.strings = strings;
  }

  get ids(): readonly number[] {
    return this.all.map(({ id }) => id);
  }

  lineOf(id: number): number {
    return this.all[id - 1]!.startLine;
  }

  /** The leaf first; V8's root is left out. */
  stackOf(leaf: CallNode): number[] {
    const stack = [];
    for (let node: CallNode | undefined = leaf; node?.parent !== undefined; node = node.parent) stack.push(this.idOf(node.callFrame));
    return stack;
  }

  private idOf({ functionName, url, lineNumber }: CallFrame): number {
    const key = `${functionName} ${url} ${lineNumber}`;
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const id = this.all.length + 1;
    const name = this.strings.dedup(functionName || '(anonymous)');
    this.all.push({ id, name, systemName: name, filename: this.strings.dedup(url), startLine: lineNumber + 1 });
    this.byKey.set(key, id);
    return id;
  }
}
