import { ConfigError } from './config-error.ts';
import type { JsonValue } from './config-node.ts';
import type { ConfigDocument } from './document.ts';
import { GLOBAL_KEYS, PATH_KEYS } from './schema/schema.ts';
import type { AnyKey, GlobalConfig, KeyTable, PathConfig } from './schema/schema.ts';
import type { AuthInternalUser, Webhook } from './schema/types.ts';
import { isObjectList } from './value-type.ts';
import type { EncodedForm } from './value-type.ts';

/** What stands for a secret in an API answer. */
export const REDACTED = '<redacted>';

export type JsonObject = { readonly [key: string]: JsonValue };

interface MarshalRule {
  readonly form: EncodedForm;
  readonly redact: boolean;
}

export const FOR_STORING: MarshalRule = { form: 'file', redact: false };
export const FOR_ANSWERS: MarshalRule = { form: 'api', redact: true };

/** The global keys as the API answers them: MediaMTX's text forms, secrets redacted, deprecated keys only when set. */
export function marshalGlobal(config: GlobalConfig): JsonObject {
  return marshalKeys(GLOBAL_KEYS, config, FOR_ANSWERS);
}

/** A path as the API answers it; that of `pathDefaults` has the name ''. */
export function marshalPath(path: PathConfig): JsonObject {
  return { name: path.name, ...marshalKeys(PATH_KEYS, path, FOR_ANSWERS) };
}

/**
 * A document as JSON, secrets included: for storing it and for sending it to other services.
 * `decodeDocument(nodeFromJson(...))` reads it back without loss.
 */
export function marshalDocument(document: ConfigDocument): JsonObject {
  return marshalBy(FOR_STORING, document);
}

/** A document as the API answers it: what is set explicitly, secrets redacted. */
export function marshalRedacted(document: ConfigDocument): JsonObject {
  return marshalBy(FOR_ANSWERS, document);
}

function marshalBy(rule: MarshalRule, document: ConfigDocument): JsonObject {
  return {
    ...marshalKeys(GLOBAL_KEYS, document.global, rule),
    pathDefaults: marshalKeys(PATH_KEYS, document.pathDefaults, rule),
    paths: Object.fromEntries([...document.paths].map(([name, path]) => [name, marshalKeys(PATH_KEYS, path, rule)])),
  };
}

/** The keys that are set. */
export function marshalKeys(keys: KeyTable, values: object, rule: MarshalRule): JsonObject {
  const set = Object.keys(keys).filter((name) => (values as Record<string, unknown>)[name] !== undefined);
  return Object.fromEntries(set.map((name) => [name, marshalKey(keys, name, values, rule)]));
}

/** One of `values`; null when it is not set. */
export function marshalKey(keys: KeyTable, name: string, values: object, { form, redact }: MarshalRule): JsonValue {
  const key = keys[name];
  const value = (values as Record<string, unknown>)[name];
  if (key === undefined || value === undefined) return null;
  return key.type.encode(redact ? redacted(key, value) : value, form);
}

function redacted(key: AnyKey, value: unknown): unknown {
  if (key.secret === true) return value === '' ? '' : REDACTED;
  const { type } = key;
  if (!isObjectList(type) || type.secretMember === undefined) return value;
  const member = type.secretMember;
  const items = value as readonly Record<string, unknown>[];
  return items.map((item) => (item[member] === '' ? item : { ...item, [member]: REDACTED }));
}

/**
 * A change of global keys in which every `<redacted>` is again the secret that is stored, so that an answer of the API
 * can be changed and sent back.
 *
 * Errors:  ConfigError when no secret is stored for it.
 */
export function restoreGlobalSecrets(patch: Partial<GlobalConfig>, stored: GlobalConfig): Partial<GlobalConfig> {
  const restored = restoreTexts(GLOBAL_KEYS, patch, stored);
  const { authInternalUsers: users, webhooks } = patch;
  return {
    ...restored,
    ...(users && { authInternalUsers: users.map((user, i) => restorePassword(user, i, stored.authInternalUsers)) }),
    ...(webhooks && { webhooks: webhooks.map((webhook, i) => restoreWebhookSecret(webhook, i, stored.webhooks)) }),
  };
}

/** A change of a path in which every `<redacted>` is again the secret that is stored. Errors: ConfigError. */
export function restorePathSecrets(patch: Partial<PathConfig>, stored: PathConfig): Partial<PathConfig> {
  return restoreTexts(PATH_KEYS, patch, stored);
}

function restoreTexts<T extends object>(keys: KeyTable, patch: T, stored: object): T {
  const restored = Object.entries(patch).map(([name, value]: [string, unknown]) => {
    if (value !== REDACTED || keys[name]?.secret !== true) return [name, value];
    const secret = (stored as Record<string, unknown>)[name];
    if (secret === undefined || secret === '') throw new ConfigError(`'${name}' is '${REDACTED}', but no value is stored`);
    return [name, secret];
  });
  return Object.fromEntries(restored) as T;
}

/** That of the item which is the same one in the same place, else of the first that is the same one; `what` is for the refusal. */
function restoreSecret<T extends object>(
  item: T,
  stored: readonly (T | undefined)[],
  { secret, isSame, what }: { readonly secret: keyof T; readonly isSame: (other: T) => boolean; readonly what: string },
): T {
  if (item[secret] !== REDACTED) return item;
  const found = stored.find((other) => other !== undefined && isSame(other) && other[secret] !== '');
  if (found === undefined) throw new ConfigError(`${what} is '${REDACTED}', but none is stored`);
  return { ...item, [secret]: found[secret] };
}

function restorePassword(user: AuthInternalUser, index: number, stored: readonly AuthInternalUser[]): AuthInternalUser {
  const isSame = (other: AuthInternalUser): boolean => other.user === user.user;
  return restoreSecret(user, [stored[index], ...stored], { secret: 'pass', isSame, what: `the password of user '${user.user}'` });
}

function restoreWebhookSecret(webhook: Webhook, index: number, stored: readonly Webhook[]): Webhook {
  const isSame = (other: Webhook): boolean => other.url === webhook.url;
  return restoreSecret(webhook, [stored[index], ...stored], { secret: 'secret', isSame, what: `the secret of webhook '${webhook.url}'` });
}
