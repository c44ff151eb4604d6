/** That of the root package.json; a test keeps them equal. A constant, since a bundled executable has no package.json. */
export const VERSION = '0.1.0';
