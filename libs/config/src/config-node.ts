import { ConfigError } from './config-error.ts';

/** A value before it is decoded: what YAML and JSON have in common, with the line it came from. */
export type ConfigNode = ConfigScalar | ConfigList | ConfigMap;

export interface ConfigScalar {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
  readonly line?: number;
}

export interface ConfigList {
  readonly kind: 'list';
  readonly items: readonly ConfigNode[];
  readonly line?: number;
}

export interface ConfigMap {
  readonly kind: 'map';
  readonly entries: readonly ConfigEntry[];
  readonly line?: number;
}

export interface ConfigEntry {
  readonly key: string;
  readonly value: ConfigNode;
  readonly line?: number;
}

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** Deepest real configuration: users, permissions, their members: 6. Deeper ones are attacks on the stack. */
export const MAX_CONFIG_DEPTH = 32;

/** 1 000 paths with every key are 120 000 nodes; aliases count each time they are used. */
export const MAX_CONFIG_NODES = 1_000_000;

/** Counts nodes while a tree is built, and refuses trees that are too deep or too large. */
export class NodeBudget {
  #spent = 0;

  get spent(): number {
    return this.#spent;
  }

  spend(depth: number, count = 1): void {
    if (depth > MAX_CONFIG_DEPTH) throw new ConfigError(`configuration is nested deeper than ${MAX_CONFIG_DEPTH} levels`);
    this.#spent += count;
    if (this.#spent > MAX_CONFIG_NODES) throw new ConfigError(`configuration has more than ${MAX_CONFIG_NODES} values`);
  }
}

/**
 * The nodes of a value that `JSON.parse` returned, for instance an API body.
 *
 * Errors:   ConfigError beyond MAX_CONFIG_DEPTH and MAX_CONFIG_NODES, and for values that JSON does not have.
 */
export function nodeFromJson(value: unknown): ConfigNode {
  return convert(value, 0, new NodeBudget());
}

function convert(value: unknown, depth: number, budget: NodeBudget): ConfigNode {
  budget.spend(depth);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return { kind: 'scalar', value };
  if (typeof value === 'number' && Number.isFinite(value)) return { kind: 'scalar', value };
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item) => convert(item, depth + 1, budget)) };
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(([key, member]) => ({ key, value: convert(member, depth + 1, budget) }));
    return { kind: 'map', entries };
  }
  throw new ConfigError(`json: unsupported value: ${typeof value === 'number' || typeof value === 'bigint' ? value : typeof value}`);
}

/** JSON's name of what a node holds, as Go's messages say it. */
export function jsonKindOf(node: ConfigNode): string {
  if (node.kind === 'list') return 'array';
  if (node.kind === 'map') return 'object';
  if (node.value === null) return 'null';
  return typeof node.value === 'boolean' ? 'bool' : typeof node.value;
}

export function isNull(node: ConfigNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

/** The refusal of a value of the wrong type, in the words of Go's JSON decoder. */
export function wrongType(node: ConfigNode, wanted: string, detail = ''): ConfigError {
  const place = node.line === undefined ? {} : { line: node.line };
  return new ConfigError(`json: cannot unmarshal ${jsonKindOf(node)}${detail} into Go value of type ${wanted}`, place);
}
