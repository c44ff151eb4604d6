// Boundaries that the compiler does not check: reads the imports of every package and holds them against layers.json.
// usage: node tools/arch/check.mjs [folder of the repository]
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAst } from 'rolldown/parseAst';

const SCOPE = '@mediamesh/';
/** Neither tests nor generators are part of what runs. */
const TEST_FILE = /\.(test|cases|contract)\.ts$|\/(testing|scripts)\//;

/** @returns {string[]} every breach, as `file:line: what is wrong` */
export function checkArchitecture(root) {
  const rules = JSON.parse(fs.readFileSync(path.join(root, 'tools', 'arch', 'layers.json'), 'utf8'));
  const levels = new Map(rules.layers.flatMap((names, level) => names.map((name) => [name, level])));
  const breaches = [];
  for (const folder of packageFolders(root)) {
    const manifest = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
    const name = manifest.name.substring(SCOPE.length);
    const at = path.relative(root, folder);
    if (!levels.has(name)) {
      breaches.push(`${at}/package.json:1: ${name} has no layer in tools/arch/layers.json`);
      continue;
    }
    const context = { root, folder, name, manifest, rules, levels };
    for (const file of typescriptFiles(folder)) breaches.push(...checkFile(file, context));
  }
  return breaches;
}

function* packageFolders(root) {
  for (const parent of ['libs', 'services', '.']) {
    const names = parent === '.' ? ['e2e', 'bench'] : fs.existsSync(path.join(root, parent)) ? fs.readdirSync(path.join(root, parent)) : [];
    for (const name of names) {
      const folder = path.join(root, parent, name);
      if (fs.existsSync(path.join(folder, 'package.json'))) yield folder;
    }
  }
}

function* typescriptFiles(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist') continue;
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* typescriptFiles(full);
    else if (entry.name.endsWith('.ts')) yield full;
  }
}

function checkFile(file, context) {
  const text = fs.readFileSync(file, 'utf8');
  const breaches = [];
  const report = (start, problem) => {
    const line = text.substring(0, start).split('\n').length;
    breaches.push(`${path.relative(context.root, file)}:${line}: ${problem}`);
  };
  const isTest = context.name === 'e2e' || TEST_FILE.test(file);
  walk(parseAst(text, { lang: 'ts' }), (node) => {
    const source = importedFrom(node);
    if (source !== undefined) checkImport(source, file, isTest, context, (problem) => report(node.start, problem));
    else if (!isTest && context.rules.noSlice.includes(context.name) && isSliceCall(node)) {
      report(node.start, '.slice copies or aliases depending on the type: use subarray, copyBytes or substring');
    }
  });
  return breaches;
}

function checkImport(source, file, isTest, { folder, name, manifest, rules, levels }, report) {
  if (source.startsWith('.')) {
    const target = path.resolve(path.dirname(file), source);
    if (!target.startsWith(folder + path.sep)) report(`imports ${source}, outside of its package: use the package's name`);
    return;
  }
  if (source.startsWith(SCOPE)) {
    const [other, ...inside] = source.substring(SCOPE.length).split('/');
    if (inside.length > 0) report(`imports ${source}: a package has one door, its index`);
    if (isTest) return;
    if (!(source in (manifest.dependencies ?? {}))) report(`imports ${source}, which its package.json does not list`);
    const level = levels.get(other);
    const sideways = rules.sideways[name] ?? [];
    if (level === undefined) report(`imports ${source}, which has no layer`);
    else if (level >= levels.get(name) && !sideways.includes(other)) report(`imports ${source}, which is not in a lower layer`);
    return;
  }
  if (isTest) return;
  if (source.startsWith('node:')) {
    if (rules.pure.includes(name)) report(`imports ${source}: formats and protocols do no I/O`);
    return;
  }
  const packageName = source.split('/', source.startsWith('@') ? 2 : 1).join('/');
  if (!(packageName in (manifest.dependencies ?? {}))) report(`imports ${packageName}, which its package.json does not list`);
}

function importedFrom(node) {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportNamedDeclaration':
      return node.source?.value;
    case 'ImportExpression':
      return node.source.type === 'Literal' ? node.source.value : undefined;
    default:
      return undefined;
  }
}

function isSliceCall(node) {
  return node.type === 'CallExpression' && node.callee.type === 'MemberExpression' && node.callee.property.name === 'slice';
}

function walk(node, visit) {
  if (Array.isArray(node)) {
    for (const child of node) walk(child, visit);
  } else if (node !== null && typeof node === 'object' && typeof node.type === 'string') {
    visit(node);
    for (const key of Object.keys(node)) walk(node[key], visit);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = path.resolve(process.argv[2] ?? path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..'));
  const breaches = checkArchitecture(root);
  for (const breach of breaches) console.error(breach);
  if (breaches.length > 0) process.exit(1);
}
