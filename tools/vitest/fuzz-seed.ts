import fc from 'fast-check';

// The same cases in every run, so that only a change makes a run fail; MEDIAMESH_FUZZ_SEED (an integer) looks at others.
fc.configureGlobal({ seed: Number(process.env['MEDIAMESH_FUZZ_SEED'] ?? 1) });
