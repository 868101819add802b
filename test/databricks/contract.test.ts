/**
 * The domain's contract, unchanged, on Databricks' side: the same suites that run over SQLite. A statement on Delta takes
 * seconds where SQLite takes microseconds, so that a part runs always and all of it with TEST_ALL=1.
 */
import { describeConversions } from '../support/contract/conversionsContract';
import { describeFlowStore } from '../support/contract/storeContract';
import type { FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { databricksSubject, openWorkspace, putAnyAgent, settingsFor, setUpTables } from './databricksSubject';
import { fakeOver, WITH_ALL } from './engine';

/** What another engine may well do otherwise: types and texts, conditional writes, conflicts, lost answers, visibility. */
const ALWAYS = [
  'registers flows once, and keeps the id and history of a path that it knows',
  'carries any text through unchanged',
  'gives a first claim its number, id and time, and says who stands in the way of the next',
  'knows no claim of a flow that is not registered, and claims the others',
];

describe('contract on Databricks', function () {
  this.timeout(600_000);
  let fake: FakeWorkspace;
  const settings = (): ReturnType<typeof settingsFor> => settingsFor(fake, { schema: 'contract' });

  before(async function () {
    fake = await fakeOver(this);
    fake.jobs.hold = true;
    const workspace = await openWorkspace(fake, settings());
    await setUpTables(workspace, settings());
    await putAnyAgent(workspace, settings());
    workspace.dispose();
  });
  after(() => fake.stop());
  beforeEach(function () {
    const title = this.currentTest?.title ?? '';
    if (!WITH_ALL && !ALWAYS.includes(title)) this.skip();
  });

  const subject = () => databricksSubject(fake, settings());
  describeFlowStore('Databricks', subject);
  describeConversions('Databricks', subject);
});
