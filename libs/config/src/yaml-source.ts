import { LineCounter, isAlias, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import type { Alias, Document, Node, Pair, ParsedNode, Scalar, YAMLMap, YAMLParseError } from 'yaml';
import { ConfigError } from './config-error.ts';
import { NodeBudget } from './config-node.ts';
import type { ConfigEntry, ConfigMap, ConfigNode } from './config-node.ts';

/** A file of 1 000 paths with every key set is 5 MB. */
export const MAX_CONFIG_TEXT_CHARACTERS = 16 * 1024 * 1024;

const YES = new Set(['yes', 'Yes', 'YES', 'on', 'On', 'ON']);
const NO = new Set(['no', 'No', 'NO', 'off', 'Off', 'OFF']);

/**
 * Reads a YAML text into nodes.
 *
 * Shape:   YAML 1.2, plus the unquoted yes/no/on/off of YAML 1.1 as booleans; one document; an empty text is an empty map.
 * Errors:  ConfigError for syntax errors, duplicate keys (both positions), several documents, and the caps of NodeBudget
 *          (an alias costs as much as what it stands for).
 */
export function parseYaml(text: string): ConfigNode {
  if (text.length > MAX_CONFIG_TEXT_CHARACTERS) throw new ConfigError('configuration is too large');
  const lines = new LineCounter();
  const documents = parseDocuments(text, lines);
  if (documents.length > 1) throw new ConfigError('invalid YAML');
  const document = documents[0];
  if (document === undefined) return { kind: 'map', entries: [] };
  const problem = document.errors[0];
  if (problem !== undefined) {
    const { line, col } = lines.linePos(problem.pos[0]);
    throw new ConfigError(`invalid YAML: [${line}:${col}] ${describeProblem(problem)}`);
  }
  return new TreeBuilder(lines).build(document.contents, 0);
}

function parseDocuments(text: string, lineCounter: LineCounter): readonly Document.Parsed[] {
  const parsed = parseAllDocuments(text, { lineCounter, uniqueKeys: false, strict: true, prettyErrors: false, merge: true });
  return Array.isArray(parsed) ? parsed : [];
}

/** The parser recurses; brackets nested some thousand times exhaust its stack, and it reports that as a syntax error. */
function describeProblem(problem: YAMLParseError): string {
  if (problem.message.includes('call stack')) return 'nested too deep';
  return problem.message.split('\n')[0] ?? '';
}

/** A value that aliases stand for, and how many nodes it has. Nodes never change, so it is shared. */
interface Anchored {
  readonly value: ConfigNode;
  readonly count: number;
}

class TreeBuilder {
  readonly #lines: LineCounter;
  readonly #budget = new NodeBudget();
  readonly #anchors = new Map<string, Anchored>();

  constructor(lines: LineCounter) {
    this.#lines = lines;
  }

  build(node: Node | ParsedNode | null, depth: number): ConfigNode {
    const before = this.#budget.spent;
    this.#budget.spend(depth);
    if (node === null) return { kind: 'scalar', value: null };
    if (isAlias(node)) {
      const { value, count } = this.#target(node);
      this.#budget.spend(depth, count);
      return value;
    }
    const value = this.#value(node, depth);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, { value, count: this.#budget.spent - before });
    return value;
  }

  #value(node: Node, depth: number): ConfigNode {
    const { line } = this.#position(node);
    if (isMap(node)) return this.#map(node, depth, line);
    if (isSeq(node)) return { kind: 'list', line, items: node.items.map((item) => this.build(item as Node | null, depth + 1)) };
    if (isScalar(node)) return { kind: 'scalar', line, value: this.#scalar(node) };
    throw new ConfigError('invalid YAML', { line });
  }

  #map(node: YAMLMap, depth: number, line: number): ConfigMap {
    const seen = new Map<string, string>();
    const own: ConfigEntry[] = [];
    const merged: ConfigEntry[] = [];
    for (const pair of node.items as Pair<Node | null, Node | null>[]) {
      const position = pair.key === null ? { line, col: 1 } : this.#position(pair.key);
      if (isMergeKey(pair.key)) {
        merged.push(...this.#mergedEntries(pair.value, depth));
        continue;
      }
      const key = this.#key(pair.key, position.line);
      const earlier = seen.get(key);
      if (earlier !== undefined) {
        throw new ConfigError(`[${position.line}:${position.col}] mapping key "${key}" already defined at [${earlier}]`);
      }
      seen.set(key, `${position.line}:${position.col}`);
      own.push({ key, line: position.line, value: this.build(pair.value, depth + 1) });
    }
    for (const entry of merged) {
      if (seen.has(entry.key)) continue;
      seen.set(entry.key, '');
      own.push(entry);
    }
    return { kind: 'map', line, entries: own };
  }

  /** `<<: *anchor` takes over the entries of a map, or of each map of a list; the map's own entries win. */
  #mergedEntries(value: Node | null, depth: number): readonly ConfigEntry[] {
    const node = this.build(value, depth + 1);
    if (node.kind === 'map') return node.entries;
    if (node.kind === 'list') return node.items.flatMap((item) => (item.kind === 'map' ? item.entries : []));
    throw new ConfigError('invalid YAML: a merge key needs a map', node.line === undefined ? {} : { line: node.line });
  }

  #key(node: Node | null, line: number): string {
    const key = this.build(node, 0);
    if (key.kind !== 'scalar') throw new ConfigError('invalid YAML: keys must be scalars', { line });
    return String(key.value);
  }

  #scalar(node: Scalar): string | number | boolean | null {
    const { value } = node;
    if (typeof value === 'string') {
      if (node.type !== 'PLAIN') return value;
      if (YES.has(value)) return true;
      return NO.has(value) ? false : value;
    }
    if (value === null || value === undefined) return null;
    if (typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw new ConfigError(`json: unsupported value: ${typeof value === 'number' || typeof value === 'bigint' ? value : typeof value}`, {
      line: this.#position(node).line,
    });
  }

  #target(alias: Alias): Anchored {
    const target = this.#anchors.get(alias.source);
    if (target === undefined) throw new ConfigError(`invalid YAML: unknown anchor "${alias.source}"`, { line: this.#position(alias).line });
    return target;
  }

  #position(node: Node): { line: number; col: number } {
    return this.#lines.linePos(node.range?.[0] ?? 0);
  }
}

function isMergeKey(key: Node | null): boolean {
  return isScalar(key) && (key.value === '<<' || typeof key.value === 'symbol') && key.type === 'PLAIN';
}
