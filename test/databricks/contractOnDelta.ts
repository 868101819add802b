/**
 * The domain's contract, unchanged, on Databricks' side: the same suites that run over SQLite. A statement on Delta takes
 * seconds where SQLite takes microseconds, so that a part runs always and all of it with TEST_ALL=1.
 */
import assert from 'node:assert/strict';

import type { SubjectFactory } from '../support/contract/subject';
import type { FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { databricksSubject, openWorkspace, putAnyAgent, settingsFor, setUpTables } from './databricksSubject';
import { fakeOver, WITH_ALL } from './engine';

/** The races of 50 starters wait for each other's statements. */
const TIMEOUT_MS = 1_200_000;

export interface ContractOnDelta {
  /** Of the tables, which no other suite uses. */
  readonly schema: string;
  /** Titles of those that run always. */
  readonly always: readonly string[];
}

export function contractOnDelta(
  describeSuite: (name: string, subject: SubjectFactory) => void,
  { schema, always }: ContractOnDelta,
): void {
  describe('contract on Databricks', function () {
    this.timeout(TIMEOUT_MS);
    let fake: FakeWorkspace | undefined;
    const running = (): FakeWorkspace => fake ?? assert.fail('no workspace was started');
    const settings = (): ReturnType<typeof settingsFor> => settingsFor(running(), { schema });

    before(async function () {
      if (!WITH_ALL && always.length === 0) this.skip();
      fake = await fakeOver(this);
      fake.jobs.hold = true;
      const workspace = await openWorkspace(fake, settings());
      await setUpTables(workspace, settings());
      await putAnyAgent(workspace, settings());
      workspace.dispose();
    });
    after(() => fake?.stop());
    beforeEach(function () {
      if (!WITH_ALL && !always.includes(this.currentTest?.title ?? '')) this.skip();
    });

    describeSuite('Databricks', () => databricksSubject(running(), settings()));
  });
}
