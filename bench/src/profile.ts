import { readFileSync } from 'node:fs';

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const ROWS = 30;

/** Functions by self time, of a file that `node --cpu-prof` wrote; in per cent of the time that was not idle. The beginning is left out. */
const [file, skipSeconds = '5'] = process.argv.slice(2);
if (file === undefined) throw new TypeError('usage: profile <file.cpuprofile> [seconds to leave out]');
const profile = JSON.parse(readFileSync(file, 'utf8')) as CpuProfile;
const nameOf = new Map(
  profile.nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
    const place = url.replace(/^file:\/\/.*?\/(libs|services|node_modules)\//, '$1/');
    return [id, `${functionName || '(anonymous)'} ${place === '' ? '' : `${place}:${lineNumber + 1}`}`];
  }),
);
const selfUs = new Map<string, number>();
let busyUs = 0;
let atUs = -Number(skipSeconds) * 1e6;
for (const [index, id] of profile.samples.entries()) {
  const name = nameOf.get(id)!;
  const us = profile.timeDeltas[index + 1] ?? 0;
  atUs += us;
  if (atUs < 0 || name.startsWith('(idle)')) continue;
  busyUs += us;
  selfUs.set(name, (selfUs.get(name) ?? 0) + us);
}
process.stdout.write(`${(busyUs / 1e6).toFixed(1)} s busy of ${(atUs / 1e6).toFixed(1)} s\n`);
for (const [name, us] of [...selfUs].toSorted(([, a], [, b]) => b - a).slice(0, ROWS)) {
  process.stdout.write(`${((us / busyUs) * 100).toFixed(1).padStart(5)} %  ${name}\n`);
}
