import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** A file as it is sent: plain, or compressed once for all. */
export interface PageFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly plain: Uint8Array;
  readonly compressed: Uint8Array;
}

export async function pageFile(text: string, headers: Readonly<Record<string, string>>): Promise<PageFile> {
  const plain = Buffer.from(text);
  const rules = { 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', Vary: 'Accept-Encoding' };
  return { headers: { ...rules, ...headers }, plain, compressed: await promisify(gzip)(plain) };
}

/** A page with its style and script in it, where it says `<!-- style -->` and `<!-- script -->`. */
export function inlined(html: string, style: string, script: string): string {
  // Functions, because `$` means something in a text that replaces.
  return html.replace('<!-- style -->', () => `<style>${style}</style>`).replace('<!-- script -->', () => `<script>${script}</script>`);
}

/** Names an inline style or script in a Content-Security-Policy. */
export function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

export function sendPageFile(response: ServerResponse, file: PageFile, acceptEncoding: string | string[] | undefined): void {
  if (response.destroyed) return;
  for (const [name, value] of Object.entries(file.headers)) response.setHeader(name, value);
  const compressed = takesGzip(String(acceptEncoding ?? ''));
  if (compressed) response.setHeader('Content-Encoding', 'gzip');
  const bytes = compressed ? file.compressed : file.plain;
  response.setHeader('Content-Length', bytes.length);
  response.end(bytes);
}

/** `gzip;q=0` is a refusal. */
function takesGzip(acceptEncoding: string): boolean {
  return acceptEncoding.split(',').some((coding) => /^\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*$)[\d.]+\s*)?$/u.test(coding));
}
