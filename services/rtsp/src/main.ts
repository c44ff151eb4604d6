import { enableCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';

// V8 counts media buffers as its own growth, and would collect a small heap again and again: a third of the CPU of an ingest.
setFlagsFromString('--heap-growing-percent=200');
enableCompileCache();
const { runRtsp } = await import('./run-rtsp.ts');
runRtsp();
