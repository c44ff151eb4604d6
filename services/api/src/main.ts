import { enableCompileCache } from 'node:module';

enableCompileCache();
const { runApi } = await import('./run-api.ts');
runApi();
