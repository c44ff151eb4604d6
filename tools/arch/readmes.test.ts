import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..', '..');
const PACKAGES = ['libs', 'services'].flatMap((folder) => fs.readdirSync(path.join(ROOT, folder)).map((name) => `${folder}/${name}`));

/** What a package's door gives out, by name. */
function exportsOf(file: string): ReadonlySet<string> {
  const text = fs.readFileSync(file, 'utf8');
  const names = new Set<string>();
  for (const [, list] of text.matchAll(/export (?:type )?\{([^}]*)\}/g)) for (const name of namesIn(list!)) names.add(name);
  for (const [, name] of text.matchAll(/export (?:abstract |async )?(?:const|function|class|interface|type|enum) (\w+)/g)) names.add(name!);
  for (const [, from] of text.matchAll(/export \* from '([^']+)'/g)) {
    for (const name of exportsOf(path.join(path.dirname(file), from!))) names.add(name);
  }
  return names;
}

function namesIn(list: string): readonly string[] {
  const names = list.split(',').map((each) => each.trim().replace(/^type /, ''));
  return names.filter((name) => name !== '').map((name) => name.split(' as ').at(-1)!);
}

function doorOf(packageName: string): string {
  const found = PACKAGES.find((folder) => {
    const { name } = JSON.parse(fs.readFileSync(path.join(ROOT, folder, 'package.json'), 'utf8')) as { readonly name: string };
    return name === packageName;
  });
  return path.join(ROOT, found ?? `no package ${packageName}`, 'src', 'index.ts');
}

describe.each(PACKAGES)('the README of %s', (folder) => {
  const text = fs.readFileSync(path.join(ROOT, folder, 'README.md'), 'utf8');

  test('has an example, which imports what there is', () => {
    expect(text).toContain('```');
    const missing: string[] = [];
    for (const [, list, packageName] of text.matchAll(/import (?:type )?\{([^}]*)\} from '(@mediamesh\/[\w-]+)'/g)) {
      const exported = exportsOf(doorOf(packageName!));
      for (const name of list!.split(',').map(
        (each) =>
          each
            .trim()
            .replace(/^type /, '')
            .split(' as ')[0]!,
      )) {
        if (name !== '' && !exported.has(name)) missing.push(`${name} of ${packageName}`);
      }
    }
    expect(missing).toEqual([]);
  });

  test('links to files that are there', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map(([, link]) => link!);
    expect(links.filter((link) => !fs.existsSync(path.join(ROOT, folder, link)))).toEqual([]);
  });
});
