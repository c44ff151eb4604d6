import { enableCompileCache } from 'node:module';

enableCompileCache();
const { runRtsp } = await import('./run-rtsp.ts');
runRtsp();
