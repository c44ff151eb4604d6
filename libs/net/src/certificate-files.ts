import type { FSWatcher } from 'node:fs';
import { readFileSync, watch } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { CertificateError, codeOf } from './errors.ts';
import type { Log } from './log.ts';

/** Editors and issuers write a file in several steps, and two files one after the other. */
const SETTLE_MS = 100;

export interface CertificateFilesOptions {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** The configuration's keys that hold the file names; named in errors. */
  readonly certificateFileKey: string;
  readonly keyFileKey: string;
  readonly log: Log;
}

/** In PEM. */
export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/**
 * A certificate and its key from files, read again when they change.
 *
 * Shape:  `current` is always a pair that fits; those who subscribed get the next one.
 * Errors: CertificateError when opened. A later change that cannot be used is logged, and the pair before stays.
 */
export class CertificateFiles {
  private readonly options: CertificateFilesOptions;
  private readonly watchers: FSWatcher[] = [];
  private readonly subscribers = new Set<(certificate: Certificate) => void>();
  private certificate: Certificate;
  private timer: NodeJS.Timeout | undefined = undefined;

  constructor(options: CertificateFilesOptions) {
    this.options = options;
    this.certificate = readCertificate(options);
    // Folders, not files: a file that is replaced by renaming, or a link that is switched, ends the watch of a file.
    for (const folder of new Set([dirname(resolve(options.certificateFile)), dirname(resolve(options.keyFile))])) {
      const watcher = watch(folder, { persistent: false }, () => this.changed());
      watcher.on('error', (error) => options.log('warn', `cannot watch ${folder} for new certificates: ${error.message}`));
      this.watchers.push(watcher);
    }
  }

  get current(): Certificate {
    return this.certificate;
  }

  /** Call the result to end it. */
  subscribe(subscriber: (certificate: Certificate) => void): () => void {
    this.subscribers.add(subscriber);
    return () => this.subscribers.delete(subscriber);
  }

  close(): void {
    clearTimeout(this.timer);
    for (const watcher of this.watchers) watcher.close();
  }

  private changed(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.reload();
    }, SETTLE_MS).unref();
  }

  private reload(): void {
    const { certificateFile, keyFile, log } = this.options;
    let next: Certificate;
    try {
      next = readCertificate(this.options);
    } catch (error) {
      log('warn', `certificate not reloaded: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    const certificateChanged = !next.cert.equals(this.certificate.cert);
    if (!certificateChanged && next.key.equals(this.certificate.key)) return;
    this.certificate = next;
    log('info', `certificate reloaded after change to ${certificateChanged ? certificateFile : keyFile}`);
    for (const subscriber of this.subscribers) subscriber(next);
  }
}

function readCertificate(options: CertificateFilesOptions): Certificate {
  const cert = readNamed(options.certificateFile, options.certificateFileKey);
  const key = readNamed(options.keyFile, options.keyFileKey);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new CertificateError(
      'CERTIFICATE_INVALID',
      `${options.certificateFileKey} '${options.certificateFile}' and ${options.keyFileKey} '${options.keyFile}' ` +
        `are not a certificate in PEM and its key: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
  return { cert, key };
}

function readNamed(file: string, key: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const code = codeOf(error, 'EIO');
    const reason = code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'permission denied' : code;
    throw new CertificateError('CERTIFICATE_UNREADABLE', `cannot read '${file}': ${reason}; ${key} names it`, { cause: error });
  }
}
