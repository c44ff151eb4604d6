import { afterAll, beforeAll } from 'vitest';
import { mediaBusContract } from '../media-bus.contract.ts';
import { NatsServer } from '../testing/nats-server.ts';
import { JetStreamBus } from './jetstream-bus.ts';

let server: NatsServer;

beforeAll(async () => {
  server = await NatsServer.start();
});
afterAll(async () => {
  await server.remove();
});

function connect(): Promise<JetStreamBus> {
  return JetStreamBus.connect({ servers: [server.url], onSinkError: () => undefined });
}

mediaBusContract('JetStreamBus', async () => {
  const [publisher, reader] = [await connect(), await connect()];
  return {
    publisher,
    reader,
    close: async () => {
      await publisher.close();
      await reader.close();
    },
  };
});
