/**
 * Writes docs/openapi.json from the table of the Control API's operations; with --check, fails when it is out of date.
 *
 * node --conditions=@mediamesh/source services/api/scripts/generate-openapi.ts [--check]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { openApiDocument } from '../src/http/openapi/document.ts';

const root = new URL('../../../', import.meta.url);
const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { version: string };
const file = fileURLToPath(new URL('docs/openapi.json', root));
const text = await format(JSON.stringify(openApiDocument(version)), { ...(await resolveConfig(file)), filepath: file });

if (!process.argv.includes('--check')) {
  writeFileSync(file, text);
} else if (read() !== text) {
  console.error('docs/openapi.json is out of date: run services/api/scripts/generate-openapi.ts');
  process.exitCode = 1;
}

function read(): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
