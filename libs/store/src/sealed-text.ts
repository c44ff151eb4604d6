import { ConfigError, decryptConfig, encryptConfig } from '@mediamesh/config';
import { StoreError } from './store-error.ts';

/**
 * JSON texts as the database holds them: in plain text, or, with a key, encrypted as the configuration file is.
 * Texts from before there was a key stay readable.
 */
export class SealedText {
  private readonly key: string | undefined;

  constructor(key: string | undefined) {
    this.key = key;
  }

  seal(json: string): string {
    return this.key === undefined ? json : encryptConfig(this.key, new TextEncoder().encode(json));
  }

  /** Errors: StoreError, when there is no key or another one. */
  open(text: string): string {
    if (text.startsWith('{')) return text; // base64 never does
    if (this.key === undefined) {
      throw new StoreError(
        'what the database keeps of the configuration is encrypted: set MTX_CONFKEY to the key that it was written with',
      );
    }
    try {
      return new TextDecoder().decode(decryptConfig(this.key, new TextEncoder().encode(text)));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const advice = 'MTX_CONFKEY is not the key that it was written with';
      throw new StoreError(`what the database keeps of the configuration cannot be decrypted: ${advice}`, { cause: error });
    }
  }
}
