import { DescriptorSink, Logging } from '@mediamesh/platform';
import { HookRunner } from '../hook-runner.ts';

/** A hook runner in a process that the test kills: starts the command that it is given. */
const runner = new HookRunner(new Logging({ level: 'info', sinks: [DescriptorSink.stdout(false)] }).logger);
runner.start({
  hookId: 'doomed',
  owner: { path: 'cam' },
  during: { hook: 'runOnInit', command: process.argv[2] ?? '', restart: true },
  environment: {},
  components: [],
});
