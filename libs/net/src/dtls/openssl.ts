import { createRequire } from 'node:module';

/**
 * OpenSSL's DTLS as the Node binary carries it, called synchronously through koffi. Pointers are numbers; 0 is NULL.
 *
 * Errors: as in C; `lastError` empties the queue, which Node's own use of OpenSSL shares.
 */
export interface OpenSsl {
  newContext(method: number): number;
  freeContext(context: number): void;
  contextControl(context: number, command: number, value: number, pointer: number): number;
  contextOptions(context: number, options: number): number;
  useCertificate(context: number, certificate: number): number;
  usePrivateKey(context: number, key: number): number;
  verifyMode(context: number, mode: number, callback: unknown): void;
  useSrtp(context: number, profiles: string): number;
  dtlsMethod(): number;
  newSession(context: number): number;
  freeSession(session: number): void;
  control(session: number, command: number, value: number, pointer: Uint8Array | null): number;
  options(session: number, options: number): number;
  setBios(session: number, read: number, write: number): void;
  acceptState(session: number): void;
  connectState(session: number): void;
  handshake(session: number): number;
  read(session: number, target: Uint8Array, length: number): number;
  write(session: number, source: Uint8Array, length: number): number;
  shutdown(session: number): number;
  errorOf(session: number, result: number): number;
  exportKeys(session: number, target: Uint8Array, length: number, label: string): number;
  selectedSrtpProfile(session: number): number;
  peerCertificate(session: number): number;
  memoryBio(): number;
  newBio(method: number): number;
  bioRead(bio: number, target: Uint8Array, length: number): number;
  bioWrite(bio: number, source: Uint8Array, length: number): number;
  bioControl(bio: number, command: number, value: number): number;
  freeBio(bio: number): void;
  readPrivateKey(bio: number): number;
  newCertificate(key: number, days: number): number;
  freeCertificate(certificate: number): void;
  freeKey(key: number): void;
  /** Undefined for an algorithm that OpenSSL does not know. */
  digest(certificate: number, algorithm: string): Uint8Array | undefined;
  /** A callback that takes every certificate: it is compared with a fingerprint instead. */
  readonly acceptAnyCertificate: unknown;
  lastError(): string;
}

export class OpenSslUnavailableError extends Error {
  readonly code = 'OPENSSL_UNAVAILABLE';

  constructor(cause: unknown) {
    super("WebRTC needs DTLS from the OpenSSL of Node's binary, through koffi, and it cannot be reached here", { cause });
    this.name = 'OpenSslUnavailableError';
  }
}

const MAX_DIGEST_BYTES = 64;
const X509_VERSION_3 = 2;
const SECONDS_A_DAY = 86_400;
const MBSTRING_ASC = 0x1001;

let loaded: OpenSsl | undefined;

/** Loaded once. Errors: OpenSslUnavailableError. */
export function openSsl(): OpenSsl {
  try {
    loaded ??= load();
  } catch (error) {
    throw new OpenSslUnavailableError(error);
  }
  return loaded;
}

function load(): OpenSsl {
  const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi');
  const lib = koffi.load(null);
  const verify = koffi.pointer(koffi.proto('int MediaMeshVerify(int preverified, uintptr_t store)'));
  const clearErrors = lib.func('void ERR_clear_error()');
  const getError = lib.func('unsigned long ERR_get_error()');
  const errorText = lib.func('const char *ERR_reason_error_string(unsigned long error)');
  return {
    ...sessionCalls(lib),
    ...certificateCalls(lib),
    verifyMode: lib.func('SSL_CTX_set_verify', 'void', ['uintptr_t', 'int', verify]),
    acceptAnyCertificate: koffi.register(() => 1, verify),
    lastError: () => {
      let text = '';
      for (let error = getError(); Number(error) !== 0; error = getError()) text = String(errorText(error) ?? error);
      clearErrors();
      return text;
    },
  };
}

type Library = ReturnType<typeof import('koffi').load>;

function sessionCalls(lib: Library) {
  return {
    dtlsMethod: lib.func('uintptr_t DTLS_method()'),
    newContext: lib.func('uintptr_t SSL_CTX_new(uintptr_t method)'),
    freeContext: lib.func('void SSL_CTX_free(uintptr_t context)'),
    contextControl: lib.func('long SSL_CTX_ctrl(uintptr_t context, int command, long value, uintptr_t pointer)'),
    contextOptions: lib.func('uint64_t SSL_CTX_set_options(uintptr_t context, uint64_t options)'),
    useCertificate: lib.func('int SSL_CTX_use_certificate(uintptr_t context, uintptr_t certificate)'),
    usePrivateKey: lib.func('int SSL_CTX_use_PrivateKey(uintptr_t context, uintptr_t key)'),
    useSrtp: lib.func('int SSL_CTX_set_tlsext_use_srtp(uintptr_t context, const char *profiles)'),
    newSession: lib.func('uintptr_t SSL_new(uintptr_t context)'),
    freeSession: lib.func('void SSL_free(uintptr_t session)'),
    control: lib.func('long SSL_ctrl(uintptr_t session, int command, long value, void *pointer)'),
    options: lib.func('uint64_t SSL_set_options(uintptr_t session, uint64_t options)'),
    setBios: lib.func('void SSL_set_bio(uintptr_t session, uintptr_t read, uintptr_t write)'),
    acceptState: lib.func('void SSL_set_accept_state(uintptr_t session)'),
    connectState: lib.func('void SSL_set_connect_state(uintptr_t session)'),
    handshake: lib.func('int SSL_do_handshake(uintptr_t session)'),
    read: lib.func('int SSL_read(uintptr_t session, void *target, int length)'),
    write: lib.func('int SSL_write(uintptr_t session, const void *source, int length)'),
    shutdown: lib.func('int SSL_shutdown(uintptr_t session)'),
    errorOf: lib.func('int SSL_get_error(uintptr_t session, int result)'),
    exportKeys: exportKeysOf(lib),
    selectedSrtpProfile: lib.func('uintptr_t SSL_get_selected_srtp_profile(uintptr_t session)'),
    peerCertificate: lib.func('uintptr_t SSL_get1_peer_certificate(uintptr_t session)'),
    memoryBio: lib.func('uintptr_t BIO_s_mem()'),
    newBio: lib.func('uintptr_t BIO_new(uintptr_t method)'),
    bioRead: lib.func('int BIO_read(uintptr_t bio, void *target, int length)'),
    bioWrite: lib.func('int BIO_write(uintptr_t bio, const void *source, int length)'),
    bioControl: bioControlOf(lib),
    freeBio: lib.func('int BIO_free(uintptr_t bio)'),
  };
}

function exportKeysOf(lib: Library): OpenSsl['exportKeys'] {
  const call = lib.func(
    'int SSL_export_keying_material(uintptr_t session, void *out, size_t length, const char *label, size_t labelLength, uintptr_t context, size_t contextLength, int useContext)',
  );
  return (session, target, length, label) => call(session, target, length, label, label.length, 0, 0, 0);
}

function bioControlOf(lib: Library): OpenSsl['bioControl'] {
  const call = lib.func('long BIO_ctrl(uintptr_t bio, int command, long value, uintptr_t pointer)');
  return (bio, command, value) => call(bio, command, value, 0);
}

function certificateCalls(lib: Library) {
  const newX509 = lib.func('uintptr_t X509_new()');
  const setVersion = lib.func('int X509_set_version(uintptr_t certificate, long version)');
  const serialNumber = lib.func('uintptr_t X509_get_serialNumber(uintptr_t certificate)');
  const setInteger = lib.func('int ASN1_INTEGER_set(uintptr_t integer, long value)');
  const notBefore = lib.func('uintptr_t X509_getm_notBefore(uintptr_t certificate)');
  const notAfter = lib.func('uintptr_t X509_getm_notAfter(uintptr_t certificate)');
  const adjust = lib.func('uintptr_t X509_gmtime_adj(uintptr_t time, long seconds)');
  const subject = lib.func('uintptr_t X509_get_subject_name(uintptr_t certificate)');
  const addEntry = lib.func(
    'int X509_NAME_add_entry_by_txt(uintptr_t name, const char *field, int type, const char *text, int length, int location, int set)',
  );
  const setIssuer = lib.func('int X509_set_issuer_name(uintptr_t certificate, uintptr_t name)');
  const setKey = lib.func('int X509_set_pubkey(uintptr_t certificate, uintptr_t key)');
  const sign = lib.func('int X509_sign(uintptr_t certificate, uintptr_t key, uintptr_t digest)');
  const sha256 = lib.func('uintptr_t EVP_sha256()');
  const digestByName = lib.func('uintptr_t EVP_get_digestbyname(const char *name)');
  const digest = lib.func('int X509_digest(uintptr_t certificate, uintptr_t type, void *target, void *length)');
  const readPrivateKey = lib.func('uintptr_t PEM_read_bio_PrivateKey(uintptr_t bio, uintptr_t key, uintptr_t callback, uintptr_t data)');
  return {
    readPrivateKey: (bio: number): number => readPrivateKey(bio, 0, 0, 0),
    freeCertificate: lib.func('void X509_free(uintptr_t certificate)'),
    freeKey: lib.func('void EVP_PKEY_free(uintptr_t key)'),
    newCertificate: (key: number, days: number): number => {
      const certificate = newX509();
      setVersion(certificate, X509_VERSION_3);
      setInteger(serialNumber(certificate), 1);
      adjust(notBefore(certificate), -SECONDS_A_DAY);
      adjust(notAfter(certificate), days * SECONDS_A_DAY);
      addEntry(subject(certificate), 'CN', MBSTRING_ASC, 'WebRTC', -1, -1, 0);
      setIssuer(certificate, subject(certificate));
      setKey(certificate, key);
      sign(certificate, key, sha256());
      return certificate;
    },
    digest: (certificate: number, algorithm: string): Uint8Array | undefined => {
      const type = digestByName(algorithm);
      if (type === 0) return undefined;
      const target = new Uint8Array(MAX_DIGEST_BYTES);
      const length = new Uint32Array(1);
      if (digest(certificate, type, target, length) !== 1) return undefined;
      return target.subarray(0, length[0]);
    },
  };
}
