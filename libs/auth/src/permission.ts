import { compileRegex } from '@mediamesh/config';
import type { AuthAction, AuthPermission } from '@mediamesh/config';

/** Whether an action, on a path if it is about one, is among some permissions. */
export type PermissionCheck = (action: AuthAction, path: string) => boolean;

const PATH_ACTIONS: ReadonlySet<AuthAction> = new Set<AuthAction>(['publish', 'read', 'playback']);

/**
 * Compiles permissions. A path is '' (any), a name, or `~` and an RE2 expression, which is not anchored.
 * An expression that does not compile matches nothing, as in MediaMTX.
 */
export function compilePermissions(permissions: readonly AuthPermission[]): PermissionCheck {
  const rules = permissions.map((permission) => ({ action: permission.action, matches: pathCheck(permission.path) }));
  return (action, path) => {
    return rules.some((rule) => rule.action === action && (!PATH_ACTIONS.has(action) || rule.matches(path)));
  };
}

function pathCheck(pattern: string): (path: string) => boolean {
  if (pattern === '') return () => true;
  if (!pattern.startsWith('~')) return (path) => path === pattern;
  try {
    const regex = compileRegex(pattern.slice(1));
    return (path) => regex.matcher(path).find();
  } catch {
    return () => false;
  }
}
