/** After how long without data each source that runs here has failed, in milliseconds, by its id; 0 is never. Control changes it while it runs. */
export class SilenceTimeouts {
  private readonly byId = new Map<string, number>();

  begin(sourceId: string, timeoutMs: number): void {
    this.byId.set(sourceId, timeoutMs);
  }

  /** One that does not run here is no concern. */
  change(sourceId: string, timeoutMs: number): void {
    if (this.byId.has(sourceId)) this.byId.set(sourceId, timeoutMs);
  }

  end(sourceId: string): void {
    this.byId.delete(sourceId);
  }

  of(sourceId: string): number {
    return this.byId.get(sourceId) ?? 0;
  }
}
