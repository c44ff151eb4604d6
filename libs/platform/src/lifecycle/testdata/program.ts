import { setTimeout as delay } from 'node:timers/promises';
import { DescriptorSink } from '../../log/descriptor-sink.ts';
import { Logging } from '../../log/logger.ts';
import { runService } from '../run-service.ts';

/** Run by the test as a process of its own; the argument says how it behaves. */
const behaviour = process.argv[2];
const logging = new Logging({ level: 'info', sinks: [DescriptorSink.stdout(false)] });
const { logger } = logging;

runService({
  logging,
  ...(behaviour === 'close-late' ? { closeDeadlineMs: 500 } : {}),
  start: async (run) => {
    run.onClose('database', () => logger.info('closed database'));
    run.onClose('server', async () => {
      await delay(10);
      logger.info(`closed server, draining ${String(run.draining)}`);
      if (behaviour === 'close-fails') throw new Error('cannot close');
      if (behaviour?.startsWith('close-')) await new Promise(() => undefined);
    });
    if (behaviour === 'start-fails') throw new Error('port 8554 is taken');
    if (behaviour === 'start-hangs') await delay(60_000, undefined, { signal: run.signal });
    if (behaviour === 'uncaught') setImmediate(() => JSON.parse('{'));
    if (behaviour === 'rejection') void Promise.reject(new Error('nobody cares'));
    if (behaviour === 'ends-itself') setImmediate(() => run.end());
    if (behaviour === 'chatty') {
      for (let i = 0; i < 20_000; i++) logger.info(`line ${i}`);
      process.exit(3);
    }
    setInterval(() => undefined, 1000);
    logger.info('ready');
  },
});
if (behaviour === 'start-hangs') logger.info('ready');
