import { enableCompileCache } from 'node:module';

enableCompileCache();
const { runHooks } = await import('./run-hooks.ts');
runHooks();
