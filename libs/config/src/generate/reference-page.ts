import { GLOBAL_SECTIONS, PATH_SECTIONS } from '../schema/schema.ts';
import type { AnyKey, Section } from '../schema/schema.ts';
import type { JsonValue } from '../config-node.ts';
import { OWN_KEYS } from './default-file.ts';

const INTRODUCTION = `# Configuration

This page is generated from the schema in \`libs/config\`. Every key of \`mediamtx.yml\` is here, with its type, its default, and what happens when it changes while the server runs. Keys marked * do not exist in MediaMTX.

| value | how it is written |
| --- | --- |
| boolean | \`true\`, \`false\`; also \`yes\`, \`no\`, \`on\`, \`off\` without quotes |
| duration | \`200ms\`, \`10s\`, \`1m30s\`, \`1h\`, \`1d\`, \`1d12h\`; the API answers an empty text for zero |
| size | \`10B\`, \`1.5K\`, \`50M\`, \`1GiB\`; multiples are of 1024 |
| IP or CIDR | \`192.168.1.1\`, \`10.0.0.0/8\`, \`2001:db8::/32\` |
| credential | a name or password of letters, digits and \`!$()*+.;<=>[]^_-{}@#&\`, or \`sha256:\` and the base64 of its SHA-256, or \`argon2:\` and its encoded Argon2 hash |
| \`no\`, \`off\` as a word | must be quoted (\`rtspEncryption: "no"\`): without quotes they are booleans |

An environment variable overrides the file: \`MTX_\` and the key in upper case, \`_\` between levels: \`MTX_RTSPADDRESS\`, \`MTX_PATHDEFAULTS_RECORD\`, \`MTX_PATHS_CAM1_SOURCE\`, \`MTX_AUTHINTERNALUSERS_0_PASS\`. Lists are written with commas.

The file may be encrypted with NaCl's secretbox; \`MTX_CONFKEY\` then holds the key.
`;

const PATHS = `## Path keys

These keys are set for all paths under \`pathDefaults\`, or for one under \`paths.<name>\`. "Live" keys are applied to a running path; a change of any other closes the path, with its publisher and readers, and creates it again.
`;

const DEPRECATED = `## Deprecated keys

They still work and cause a warning at start.

| key | where | what became of it |
| --- | --- | --- |
`;

/** The text of `docs/configuration.md`. */
export function generateReferencePage(): string {
  const global = GLOBAL_SECTIONS.map((section) => sectionTable(section, '##', globalChange));
  const paths = PATH_SECTIONS.map((section) => sectionTable(section, '###', pathChange));
  const deprecated = [...deprecatedRows(GLOBAL_SECTIONS, 'global'), ...deprecatedRows(PATH_SECTIONS, 'path')];
  return [INTRODUCTION, ...global, PATHS, ...paths, DEPRECATED + deprecated.join('\n')].filter((part) => part !== '').join('\n') + '\n';
}

function sectionTable(section: Section, heading: string, change: (key: AnyKey) => string): string {
  const rows = Object.entries(section.keys)
    .filter(([, key]) => key.deprecated === undefined)
    .map(([name, key]) => {
      const star = OWN_KEYS.has(name) ? ' \\*' : '';
      return `| \`${name}\`${star} | ${key.type.name} | ${defaultText(key)} | ${change(key)} | ${escape(key.about)} |`;
    });
  if (rows.length === 0) return '';
  return `${heading} ${section.title}\n\n| key | type | default | a change | meaning |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function globalChange(key: AnyKey): string {
  if (key.atStart === true) return 'at the next start';
  const restarts = key.restarts ?? [];
  return restarts.length === 0 ? 'live' : `restarts ${restarts.join(', ')}`;
}

function pathChange(key: AnyKey): string {
  return key.hot === true ? 'live' : 'recreates the path';
}

function defaultText(key: AnyKey): string {
  const value: JsonValue = key.type.encode(key.default, 'file');
  if (value === '') return '';
  return `\`${escape(typeof value === 'string' ? value : JSON.stringify(value))}\``;
}

function deprecatedRows(sections: readonly Section[], where: string): readonly string[] {
  return sections
    .flatMap((section) => Object.entries(section.keys))
    .filter(([, key]) => key.deprecated !== undefined)
    .map(([name, key]) => `| \`${name}\` | ${where} | ${escape(key.about)} |`);
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|');
}
