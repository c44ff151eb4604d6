/**
 * Writes the files that are derived from the schema of the configuration; with --check, fails when one is out of date.
 *
 * node --conditions=@mediamesh/source libs/config/scripts/generate.ts [--check]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { generateDefaultFile, generateJsonSchema, generateReferencePage } from '@mediamesh/config';
import { format, resolveConfig } from 'prettier';

const root = new URL('../../../', import.meta.url);

const outputs = [
  { file: 'mediamtx.yml', text: generateDefaultFile() },
  { file: 'docs/configuration.md', text: generateReferencePage() },
  { file: 'docs/mediamtx.schema.json', text: JSON.stringify(generateJsonSchema()) },
];

const check = process.argv.includes('--check');
for (const { file, text } of outputs) {
  const path = fileURLToPath(new URL(file, root));
  const formatted = await format(text, { ...(await resolveConfig(path)), filepath: path });
  if (!check) {
    writeFileSync(path, formatted);
  } else if (read(path) !== formatted) {
    console.error(`${file} is out of date: run libs/config/scripts/generate.ts`);
    process.exitCode = 1;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
