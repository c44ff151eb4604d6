import { enableCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { parseCommandLine } from './command-line.ts';

// V8 counts media buffers as its own growth, and would collect a small heap again and again: a third of the CPU of an ingest.
setFlagsFromString('--heap-growing-percent=200');
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
