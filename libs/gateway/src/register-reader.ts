import type { AccessRequest, SessionKind } from '@mediamesh/contracts';
import type { ReadReply } from './control-plane.ts';
import type { Gateway } from './gateway.ts';
import type { PathFeed } from './path-feed.ts';
import type { FrameMaker, ReaderPaths } from './reader-paths.ts';

/** A session that is to read a path. */
export interface ReaderOptions<Frame, Maker extends FrameMaker<Frame>> {
  readonly gateway: Gateway;
  readonly paths: ReaderPaths<Frame, Maker>;
  readonly sessionId: string;
  readonly kind: SessionKind;
  readonly path: string;
}

/** Registers a reader with control, and acquires its path. Errors: ControlError of `path.read` and of the bus; nothing is registered then. */
export async function registerReader<Frame, Maker extends FrameMaker<Frame>>(
  { gateway, paths, path, sessionId, kind }: ReaderOptions<Frame, Maker>,
  access: AccessRequest,
  abandoned: AbortSignal,
): Promise<{ readonly feed: PathFeed<Frame, Maker>; readonly user: string }> {
  let reply: ReadReply | undefined;
  try {
    reply = await gateway.control.read(access, { type: kind, id: sessionId }, abandoned);
    return { feed: await paths.acquire(path, reply.epoch, reply.settings), user: reply.user };
  } catch (error) {
    if (reply !== undefined || abandoned.aborted) void gateway.control.leave(path, sessionId, 'reading failed');
    throw error;
  }
}
