import { DescriptorSink } from './descriptor-sink.ts';
import type { LogSink } from './descriptor-sink.ts';
import { SyslogSink } from './syslog-sink.ts';

/** MediaMTX's log keys. */
export interface LogSinkSettings {
  readonly logDestinations: readonly ('stdout' | 'file' | 'syslog')[];
  readonly logStructured: boolean;
  readonly logFile: string;
  readonly sysLogPrefix: string;
}

/** @throws Error when a destination cannot be opened; none stays open then. `failed` hears of what fails later. */
export function openLogSinks(settings: LogSinkSettings, failed: (reason: string) => void): readonly LogSink[] {
  const sinks: LogSink[] = [];
  try {
    for (const destination of new Set(settings.logDestinations)) sinks.push(openSink(destination, settings, failed));
    return sinks;
  } catch (error) {
    for (const sink of sinks) sink.close();
    throw error;
  }
}

function openSink(destination: 'stdout' | 'file' | 'syslog', settings: LogSinkSettings, failed: (reason: string) => void): LogSink {
  switch (destination) {
    case 'stdout':
      return DescriptorSink.stdout(settings.logStructured);
    case 'file':
      return DescriptorSink.file(settings.logFile, settings.logStructured);
    case 'syslog':
      return SyslogSink.open(settings.sysLogPrefix, failed);
  }
}
