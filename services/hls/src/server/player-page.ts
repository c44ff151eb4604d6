import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { inlined, pageFile, sourceHash } from '@mediamesh/http';
import type { PageFile } from '@mediamesh/http';

/** The page and hls.js, as they are sent. */
export interface PlayerPage {
  readonly html: PageFile;
  readonly script: PageFile;
}

/** As MediaMTX. */
const CACHED = { 'Cache-Control': 'max-age=3600' };
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

async function loadPage(): Promise<PlayerPage> {
  const [html, style, player, hls] = await Promise.all([FILES.html, FILES.style, FILES.player, FILES.hls].map(read));
  const policy = { 'Content-Type': 'text/html', 'Content-Security-Policy': policyOf(style!, player!) };
  return {
    html: await pageFile(inlined(html!, style!, player!), { ...CACHED, ...policy }),
    script: await pageFile(hls!, { ...CACHED, 'Content-Type': 'application/javascript' }),
  };
}

const read = (name: string): Promise<string> => readFile(found.resolve(name), 'utf8');

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
