import { enableCompileCache } from 'node:module';
import { parseCommandLine } from './command-line.ts';

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
