import { describeControlTransport } from './control-transport.cases.ts';
import { InProcessWire } from './in-process-wire.ts';

describeControlTransport('control transport in one process', () => {
  const wire = new InProcessWire();
  return Promise.resolve({ wire: () => Promise.resolve(wire), end: () => wire.close() });
});
