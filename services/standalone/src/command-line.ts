import { VERSION } from '@mediamesh/platform';

/** What the program is asked to do. Contract 10.2. */
export type CommandLine =
  | { readonly kind: 'run'; readonly configFile: string | undefined }
  | { readonly kind: 'print'; readonly text: string; readonly error?: string; readonly exitCode: number };

const USAGE = `Usage: mediamesh [<configuration file>] [flags]

Live media router. Speaks MediaMTX's configuration, URLs, API, metrics and hooks.

Arguments:
  [<configuration file>]    Path of the configuration file. Default: mediamtx.yml here,
                            then in /usr/local/etc, /usr/etc and /etc/mediamtx.

Flags:
  -h, --help             Show this help.
      --version          Print the version.
      --check-version    Not done by this program; it says how to find out.
      --upgrade          Not done by this program; it says how to upgrade.
`;

const UPGRADE = `this program does not change itself: get the new version, and run 'npm start'
`;

/** Exit code of an unknown flag, as MediaMTX has it. */
const UNKNOWN_FLAG_EXIT_CODE = 80;

export function parseCommandLine(argv: readonly string[]): CommandLine {
  let configFile: string | undefined;
  for (const argument of argv) {
    switch (argument) {
      case '-h':
      case '--help':
        return { kind: 'print', text: USAGE, exitCode: 0 };
      case '--version':
        return { kind: 'print', text: `v${VERSION}\n`, exitCode: 0 };
      case '--check-version':
        return { kind: 'print', text: `v${VERSION}; this program asks no server for newer versions\n`, exitCode: 0 };
      case '--upgrade':
        return { kind: 'print', text: UPGRADE, exitCode: 1 };
      default:
        if (argument.startsWith('-')) return refused(`unknown flag ${argument}`);
        if (configFile !== undefined) return refused(`unexpected argument ${argument}`);
        configFile = argument;
    }
  }
  return { kind: 'run', configFile };
}

function refused(problem: string): CommandLine {
  return { kind: 'print', text: USAGE, error: `mediamesh: error: ${problem}\n`, exitCode: UNKNOWN_FLAG_EXIT_CODE };
}
