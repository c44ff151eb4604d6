export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Where a package's log lines go; the service gives them their prefix. */
export type Log = (level: LogLevel, message: string) => void;
