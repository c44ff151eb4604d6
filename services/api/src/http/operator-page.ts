import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { generateJsonSchema } from '@mediamesh/config';
import { inlined, pageFile, sourceHash } from '@mediamesh/http';
import type { PageFile } from '@mediamesh/http';

export interface OperatorPage {
  readonly html: PageFile;
  /** The JSON Schema of `mediamtx.yml`, with which the page checks what is entered. */
  readonly schema: PageFile;
}

/** The scripts are one when they are sent. */
const FILES = ['operator.html', 'operator.css', 'health.js', 'key-editor.js', 'operator.js', 'history.js'].map(
  (name) => `@mediamesh/service-api/page/${name}`,
);
const UNCACHED = { 'Cache-Control': 'no-store' };
const found = createRequire(import.meta.url);
let page: Promise<OperatorPage> | undefined;

/** Read at first use, then kept: nothing of a request, and nothing of the configuration, is in it. Errors: a file that is not installed. */
export function operatorPage(): Promise<OperatorPage> {
  page ??= loadPage();
  page.catch(() => (page = undefined));
  return page;
}

async function loadPage(): Promise<OperatorPage> {
  const [html, style, ...scripts] = await Promise.all(FILES.map((name) => readFile(found.resolve(name), 'utf8')));
  const script = scripts.join('\n');
  const policy = [
    "default-src 'none'",
    `script-src ${sourceHash(script)}`,
    `style-src ${sourceHash(style!)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return {
    html: await pageFile(inlined(html!, style!, script), {
      ...UNCACHED,
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy,
    }),
    schema: await pageFile(JSON.stringify(generateJsonSchema()), { ...UNCACHED, 'Content-Type': 'application/json' }),
  };
}
