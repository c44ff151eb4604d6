import { stringify } from 'yaml';
import type { JsonValue } from '../config-node.ts';
import { GLOBAL_SECTIONS, PATH_SECTIONS } from '../schema/schema.ts';
import type { AnyKey, Section } from '../schema/schema.ts';
import { SHIPPED_DOCUMENT } from './shipped.ts';

const COMMENT_WIDTH = 100;
const RULE = '#'.repeat(80);

const INTRODUCTION = `MediaMesh configuration.

Every key is listed with its default value and may be left out. The keys are those of MediaMTX, so that its files work here; the ones that only exist here are marked [MediaMesh].
Durations are written as 200ms, 10s, 1h or 1d, sizes as 50M. Environment variables override keys: MTX_RTSPADDRESS, MTX_PATHDEFAULTS_RECORD, MTX_PATHS_CAM1_SOURCE.
A change of this file is applied at once.`;

const PATH_DEFAULTS_INTRODUCTION = 'Values that every path has unless it sets its own.';

const PATHS_INTRODUCTION = `Paths, by the name in their URL. A path takes any key of pathDefaults.
A name that starts with ~ is a regular expression and stands for every path that it matches: "~^cam_([0-9]+)$"; other keys can use what its groups match as $G1, $G2.
"all_others" stands for every path that no other entry matches.

Example, a camera that is pulled while someone watches:
  cam1:
    source: rtsp://user:password@192.168.1.20:554/stream
    sourceOnDemand: yes`;

/** The keys that MediaMTX does not have. */
export const OWN_KEYS: ReadonlySet<string> = new Set([
  'apiAllowCommands',
  'stateDirectory',
  'databaseURL',
  'gopCache',
  'healthAlerts',
  'publisherGrace',
  'sourceBackups',
  'sourceSilenceTimeout',
  'sourceRecoveryDelay',
]);

/** The text of the shipped `mediamtx.yml`: every key that is not deprecated, with a comment, in sections. */
export function generateDefaultFile(): string {
  const lines = [...comment(INTRODUCTION, ''), ''];
  for (const section of GLOBAL_SECTIONS) lines.push(...sectionLines(section, SHIPPED_DOCUMENT.global, ''));
  lines.push(RULE, ...comment(PATH_DEFAULTS_INTRODUCTION, ''), 'pathDefaults:');
  for (const section of PATH_SECTIONS) lines.push(...sectionLines(section, SHIPPED_DOCUMENT.pathDefaults, '  '));
  lines.push(RULE, ...comment(PATHS_INTRODUCTION, ''), 'paths:');
  for (const name of SHIPPED_DOCUMENT.paths.keys()) lines.push(`  ${name}:`);
  return `${lines.join('\n')}\n`;
}

function sectionLines(section: Section, shipped: object, indent: string): readonly string[] {
  const keys = Object.entries(section.keys).filter(([, key]) => key.deprecated === undefined);
  if (keys.length === 0) return [];
  const lines = [indent + RULE.slice(indent.length), `${indent}# ${section.title}`, ''];
  for (const [name, key] of keys) {
    const about = OWN_KEYS.has(name) ? `[MediaMesh] ${key.about}` : key.about;
    lines.push(...comment(about, indent), ...keyLines(name, key, shipped).map((line) => indent + line));
  }
  return [...lines, ''];
}

function keyLines(name: string, key: AnyKey, shipped: object): readonly string[] {
  const value: unknown = (shipped as Record<string, unknown>)[name] ?? key.default;
  return yamlLines(name, key.type.encode(value, 'file'));
}

/** An empty text is written as nothing at all, as users of MediaMTX know it; lists of scalars on one line. */
function yamlLines(name: string, value: JsonValue): readonly string[] {
  if (value === '') return [`${name}:`];
  // The older schema quotes what older parsers take for booleans and numbers: no, off, 4.1.
  const options = { version: '1.1', lineWidth: 0, flowCollectionPadding: false } as const;
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) {
    return [`${name}: ${stringify(value, { ...options, collectionStyle: 'flow' }).trim()}`];
  }
  return stringify({ [name]: value }, options)
    .trimEnd()
    .split('\n');
}

function comment(text: string, indent: string): readonly string[] {
  return text
    .split('\n')
    .flatMap((paragraph) => wrap(paragraph, COMMENT_WIDTH - indent.length))
    .map((line) => `${indent}# ${line}`.trimEnd());
}

function wrap(paragraph: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of paragraph.split(/(?<=\S) /)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
