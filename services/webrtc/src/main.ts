import { enableCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';

// Media buffers are outside of V8's heap. By default it collects after each 64 MB of them, which at an ingest of 400 Mbit/s is once a second;
// counted with the heap, they wait until all of it has doubled.
setFlagsFromString('--external-memory-accounted-in-global-limit');
setFlagsFromString('--heap-growing-percent=100');
enableCompileCache();
const { runWebRtc } = await import('./run-webrtc.ts');
runWebRtc();
