import type { ValueType } from '../value-type.ts';
import { components } from './component.ts';
import type { Component } from './component.ts';

/** How a deprecated key lives on. */
export interface Deprecation {
  /** The key that took its place; absent when the key has no effect or one of its own. */
  readonly replacedBy?: string;
  /** What becomes of the value: taken over, negated, made a list of one, or put under `pathDefaults`. */
  readonly as?: 'same' | 'not' | 'list' | 'pathDefault';
  /** The warning, when it is not the usual one about a replaced parameter. */
  readonly warning?: string;
  /** Path keys: the mapping and its warning only apply to these sources. */
  readonly onlyFor?: 'publisher' | 'rtsp' | 'rpiCamera';
}

/** A key of the configuration: the only place where its type, default, effect of a change and meaning are said. */
export interface Key<T> {
  readonly type: ValueType<T>;
  readonly default: T;
  /** Shown as `<redacted>` in API answers. */
  readonly secret?: boolean;
  /** One line for the shipped file and the reference page. */
  readonly about: string;
}

export interface GlobalKey<T> extends Key<T> {
  readonly restarts: readonly Component[];
  /** Only read when the process starts. */
  readonly atStart?: boolean;
}

/** A path key; `hot` ones are applied to a live path, the others close it and create it again. */
export interface PathKey<T> extends Key<T> {
  readonly hot: boolean;
}

/** A key that is still accepted, and shown only when set. */
export interface DeprecatedKey<T> {
  readonly type: ValueType<T>;
  readonly deprecated: Deprecation;
  readonly restarts: readonly Component[];
  readonly secret?: boolean;
  readonly about: string;
}

export function globalKey<T>(type: ValueType<T>, initial: NoInfer<T>, restarts: string, about: string): GlobalKey<T> {
  return { type, default: initial, restarts: components(restarts), about };
}

/** A global key that takes effect at the next start. */
export function startKey<T>(type: ValueType<T>, initial: NoInfer<T>, about: string): GlobalKey<T> {
  return { type, default: initial, restarts: [], atStart: true, about };
}

/** A path key that cannot change while the path lives. */
export function pathKey<T>(type: ValueType<T>, initial: NoInfer<T>, about: string): PathKey<T> {
  return { type, default: initial, hot: false, about };
}

/** A path key that is applied to the live path. */
export function hotPathKey<T>(type: ValueType<T>, initial: NoInfer<T>, about: string): PathKey<T> {
  return { type, default: initial, hot: true, about };
}

export function deprecatedKey<T>(type: ValueType<T>, deprecated: Deprecation, about?: string): DeprecatedKey<T> {
  return { type, deprecated, restarts: [], about: about ?? describeReplacement(deprecated) };
}

/** The same key, redacted in API answers. */
export function secret<K extends object>(key: K): K & { readonly secret: true } {
  return { ...key, secret: true };
}

function describeReplacement({ replacedBy, as }: Deprecation): string {
  if (as === 'not') return `Replaced by \`${replacedBy}\`, which means the opposite.`;
  if (as === 'pathDefault') return `Replaced by \`pathDefaults.${replacedBy}\`.`;
  return `Replaced by \`${replacedBy}\`.`;
}

/** The warning for a deprecated key, in MediaMTX's words. */
export function deprecationWarning(key: string, { replacedBy, as, warning }: Deprecation): string {
  if (warning !== undefined) return warning;
  const successor = as === 'pathDefault' ? `pathDefaults.${replacedBy}` : replacedBy;
  return `parameter '${key}' is deprecated and has been replaced with '${successor}'`;
}
