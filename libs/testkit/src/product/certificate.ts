import type { TemporaryFolder } from '../temporary-folder.ts';
import { Program } from '../process/program.ts';

export interface Certificate {
  readonly keyFile: string;
  readonly certificateFile: string;
}

const DEADLINE_MS = 20_000;

/** A self-signed certificate for localhost, in files of the folder. */
export async function createCertificate(folder: TemporaryFolder): Promise<Certificate> {
  const keyFile = folder.file('server.key');
  const certificateFile = folder.file('server.crt');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-days', '2'];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', keyFile, '-out', certificateFile, ...subject];
  const { code } = await new Program({ name: 'openssl', command: 'openssl', args }).waitForEnd(DEADLINE_MS);
  if (code !== 0) throw new Error('openssl makes no certificate');
  return { keyFile, certificateFile };
}
