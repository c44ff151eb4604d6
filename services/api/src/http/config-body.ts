import { ConfigError, nodeFromJson } from '@mediamesh/config';
import type { ConfigNode } from '@mediamesh/config';
import { describeJsonProblem } from './json-problem.ts';

/**
 * The value in the body of a request that changes the configuration.
 * Errors: ConfigError, with the texts of Go's JSON decoder.
 */
export function configNodeOf(body: Uint8Array): ConfigNode {
  let value: unknown;
  try {
    // As Go does it: what is not UTF-8 becomes U+FFFD, and a byte order mark is no space.
    value = JSON.parse(new TextDecoder('utf-8', { ignoreBOM: true }).decode(body));
  } catch (error) {
    throw new ConfigError(describeJsonProblem(Buffer.from(body).toString('latin1')), {}, { cause: error });
  }
  return nodeFromJson(value);
}
