import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** The page and hls.js, as they are sent. */
export interface PlayerPage {
  readonly html: PageFile;
  readonly script: PageFile;
}

interface PageFile {
  readonly headers: Readonly<Record<string, string>>;
  readonly plain: Uint8Array;
  readonly compressed: Uint8Array;
}

/** As MediaMTX. */
const CACHE_CONTROL = 'max-age=3600';
/** Found through Node's own rules, so that the bundle and the sources find the same files. */
const FILES = {
  html: '@mediamesh/service-hls/page/player.html',
  style: '@mediamesh/service-hls/page/player.css',
  player: '@mediamesh/service-hls/page/player.js',
  hls: 'hls.js/dist/hls.min.js',
} as const;

const found = createRequire(import.meta.url);
let page: Promise<PlayerPage> | undefined;

/** Read at first use, then kept. Nothing of a request is in it: the page reads its own address. Errors: a file that is not installed. */
export function playerPage(): Promise<PlayerPage> {
  page ??= loadPage();
  page.catch(() => (page = undefined));
  return page;
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

async function loadPage(): Promise<PlayerPage> {
  const [html, style, player, hls] = await Promise.all([FILES.html, FILES.style, FILES.player, FILES.hls].map(read));
  // Functions, because `$` means something in a text that replaces.
  const text = html!
    .replace('<!-- style -->', () => `<style>${style!}</style>`)
    .replace('<!-- script -->', () => `<script>${player!}</script>`);
  return {
    html: await pageFile(text, { 'Content-Type': 'text/html', 'Content-Security-Policy': policyOf(style!, player!) }),
    script: await pageFile(hls!, { 'Content-Type': 'application/javascript' }),
  };
}

const read = (name: string): Promise<string> => readFile(found.resolve(name), 'utf8');

async function pageFile(text: string, headers: Readonly<Record<string, string>>): Promise<PageFile> {
  const plain = Buffer.from(text);
  const rules = {
    'Cache-Control': CACHE_CONTROL,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    Vary: 'Accept-Encoding',
  };
  return { headers: { ...rules, ...headers }, plain, compressed: await promisify(gzip)(plain) };
}

/** Our two texts, hls.js and its worker, media of this server; frames of other sites may show the page, as MediaMTX's. */
function policyOf(style: string, player: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' ${sourceHash(player)}`,
    `style-src ${sourceHash(style)}`,
    "connect-src 'self'",
    "media-src 'self' blob:",
    'worker-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

const sourceHash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** `gzip;q=0` is a refusal. */
function takesGzip(acceptEncoding: string): boolean {
  return acceptEncoding.split(',').some((coding) => /^\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*$)[\d.]+\s*)?$/u.test(coding));
}
