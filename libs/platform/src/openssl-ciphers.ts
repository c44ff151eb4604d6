import { createRequire } from 'node:module';

/**
 * Ciphers of the OpenSSL that is linked into Node's binary, through koffi. Pointers are numbers.
 *
 * Errors: Error when a context cannot be made; what is done with it cannot fail.
 */
export interface OpenSslCiphers {
  newCtr(key: Uint8Array): number;
  freeCtr(context: number): void;
  setCounter(context: number, counter: number): void;
  encrypt(context: number, target: number, source: number, length: number): void;
  newHmac(key: Uint8Array): number;
  freeHmac(context: number): void;
  sign(context: number, source: number, length: number, tag: number): void;
  /** Of the first byte; kept for the buffer that was asked for last. */
  addressOf(bytes: Uint8Array): number;
}

/** Where OpenSSL writes lengths that nobody reads. Of the module, so that its memory is never freed: OpenSSL has its address. */
const lengthOut = Buffer.alloc(128);
const ENVIRONMENT_KEY = 'MEDIAMESH_CRYPTO';

let loaded: OpenSslCiphers | undefined;
let isUnavailable = process.env[ENVIRONMENT_KEY] === 'portable';

/** Undefined where koffi or OpenSSL's symbols are missing, or `MEDIAMESH_CRYPTO` is `portable`. Loaded once. */
export function openSslCiphers(): OpenSslCiphers | undefined {
  if (loaded !== undefined || isUnavailable) return loaded;
  try {
    loaded = load();
  } catch {
    isUnavailable = true; // node:crypto does the same
  }
  return loaded;
}

function load(): OpenSslCiphers {
  const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi');
  const lib = koffi.load(null);
  const encryptInit = lib.func(
    'int EVP_EncryptInit_ex(uintptr_t context, uintptr_t type, uintptr_t engine, const void *key, uintptr_t iv)',
  );
  const encryptUpdate = lib.func(
    'int EVP_EncryptUpdate(uintptr_t context, uintptr_t out, uintptr_t outLength, uintptr_t in, int inLength)',
  );
  const newCipher = lib.func('uintptr_t EVP_CIPHER_CTX_new()');
  const aesCtr = lib.func('uintptr_t EVP_aes_128_ctr()');
  const newHmac = lib.func('uintptr_t HMAC_CTX_new()');
  const hmacInit = lib.func('int HMAC_Init_ex(uintptr_t context, const void *key, int length, uintptr_t digest, uintptr_t engine)');
  const hmacUpdate = lib.func('int HMAC_Update(uintptr_t context, uintptr_t data, size_t length)');
  const hmacFinal = lib.func('int HMAC_Final(uintptr_t context, uintptr_t tag, uintptr_t length)');
  const sha1 = lib.func('uintptr_t EVP_sha1()');
  const lengthAddress = Number(koffi.address(lengthOut));
  let lastBytes: Uint8Array | undefined = lengthOut;
  let lastAddress = lengthAddress;
  return {
    newCtr: (key) => {
      const context = newCipher();
      if (encryptInit(context, aesCtr(), 0, key, 0) !== 1) throw new Error('OpenSSL refuses the AES key');
      return context;
    },
    freeCtr: lib.func('void EVP_CIPHER_CTX_free(uintptr_t context)'),
    setCounter: (context, counter) => encryptInit(context, 0, 0, null, counter),
    encrypt: (context, target, source, length) => encryptUpdate(context, target, lengthAddress, source, length),
    newHmac: (key) => {
      const context = newHmac();
      if (hmacInit(context, key, key.length, sha1(), 0) !== 1) throw new Error('OpenSSL refuses the HMAC key');
      return context;
    },
    freeHmac: lib.func('void HMAC_CTX_free(uintptr_t context)'),
    sign: (context, source, length, tag) => {
      hmacInit(context, null, 0, 0, 0);
      hmacUpdate(context, source, length);
      hmacFinal(context, tag, lengthAddress);
    },
    addressOf: (bytes) => {
      if (bytes !== lastBytes) {
        lastAddress = Number(koffi.address(bytes));
        lastBytes = bytes;
      }
      return lastAddress;
    },
  };
}
