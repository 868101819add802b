/** The pages beside the history: two attempts compared, failures by cause, the assessment of an estate. */
import type { Sessions } from '../platform/session';
import type { LazyPages } from './lazyPages';
import type { CommandRegistry } from './registry';

/** Registers the commands that open pages. */
export function registerPageCommands(registry: CommandRegistry, sessions: Sessions, pages: LazyPages): void {
  registry.register('compareAttempts', async (args, signal) => {
    const session = await sessions.get();
    const { twoAttempts } = await pages.bundle();
    const [older, newer] = await twoAttempts(session, args, signal);
    (await pages.get()).compare({ left: older.attemptId, right: newer.attemptId });
  });

  registry.register('showFailures', async () => (await pages.get()).failures());

  registry.register('assessEstate', async (args) => {
    const { assessmentRequest } = await pages.bundle();
    const request = await assessmentRequest(sessions, args);
    (await pages.get()).assess(request);
  });
}
