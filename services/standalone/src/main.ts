import { enableCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { parseCommandLine } from './command-line.ts';

// Media buffers are outside of V8's heap. By default it collects after each 64 MB of them, which at an ingest of 400 Mbit/s is once a second;
// counted with the heap, they wait until all of it has doubled.
setFlagsFromString('--external-memory-accounted-in-global-limit');
setFlagsFromString('--heap-growing-percent=100');
enableCompileCache();

const command = parseCommandLine(process.argv.slice(2));
if (command.kind === 'print') {
  process.stdout.write(command.text);
  if (command.error !== undefined) process.stderr.write(command.error);
  process.exitCode = command.exitCode;
} else {
  const { runStandalone } = await import('./standalone.ts');
  runStandalone(command.configFile);
}
