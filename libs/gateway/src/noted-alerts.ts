import { MAX_NOTED_ALERTS } from '@mediamesh/contracts';

export interface PathAlerts {
  readonly path: string;
  readonly alerts: readonly string[];
}

/** Which alerts control has raised, by path, wherever its stream is: for the next leader, which knows nothing of them. */
export class NotedAlerts {
  private readonly byPath = new Map<string, readonly string[]>();

  note({ path, alerts }: PathAlerts): void {
    this.byPath.delete(path);
    if (alerts.length === 0) return;
    this.byPath.set(path, alerts);
    const [oldest] = this.byPath.keys();
    if (this.byPath.size > MAX_NOTED_ALERTS && oldest !== undefined) this.byPath.delete(oldest);
  }

  list(): PathAlerts[] {
    return [...this.byPath].map(([path, alerts]) => ({ path, alerts }));
  }
}
