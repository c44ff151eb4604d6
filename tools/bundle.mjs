// The standalone server as one file: a thousand modules (most of them Nest's) cost more time and memory to load than to run.
// Runs on the product's Node, after `tsc -b`.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const output = path.join(root, 'services', 'standalone', 'dist', 'mediamesh.js');

/** Native code, what only services of a cluster load, and what Nest looks for in case it is there. */
const EXTERNAL = [
  /^(koffi|@node-rs\/|@nats-io\/|libsql|pg|typeorm)/,
  /^@nestjs\/(websockets|mongoose|sequelize|typeorm|platform-express|platform-socket)/,
  /^(@grpc\/|amqp|class-transformer|class-validator|ioredis|kafkajs|mqtt|nats$|@fastify\/(static|view))/,
];

const [main, thread] = await Promise.all([
  bundled(path.join(root, 'services', 'standalone', 'dist', 'main.js')),
  bundled(path.join(root, 'libs', 'store', 'dist', 'database-thread.js')),
]);
fs.writeFileSync(output, `${textOf(main)}\n//# sourceMappingURL=mediamesh.js.map\n`);
fs.writeFileSync(`${output}.map`, JSON.stringify(main.map));
// The thread of the database, which the server starts when it keeps something.
fs.writeFileSync(path.join(path.dirname(output), 'database-thread.js'), `${textOf(thread)}\n`);

async function bundled(input) {
  const bundle = await rolldown({
    input,
    platform: 'node',
    external: (id) => EXTERNAL.some((pattern) => pattern.test(id)),
    // Decorators register themselves when their module runs: nothing may be left out, and the order must stay.
    treeshake: false,
    logLevel: 'warn',
    onLog: (level, log, print) => (log.code === 'EVAL' ? undefined : print(level, log)),
  });
  const { output: chunks } = await bundle.generate({
    format: 'esm',
    codeSplitting: false,
    strictExecutionOrder: true,
    minify: true,
    sourcemap: true,
  });
  await bundle.close();
  return chunks[0];
}

/** One character beyond Latin-1 would make V8 keep the whole text with two bytes a character. */
function textOf(chunk) {
  return chunk.code.replace(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
