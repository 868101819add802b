/** The domain's contract, unchanged, on Databricks' side: the same suites that run over SQLite. */
import { describeConversions } from '../support/contract/conversionsContract';
import { describeFlowStore } from '../support/contract/storeContract';
import type { FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { databricksSubject, openWorkspace, settingsFor, setUpTables } from './databricksSubject';
import { fakeOver } from './engine';

describe('contract on Databricks', function () {
  this.timeout(120_000);
  let fake: FakeWorkspace;
  const settings = (): ReturnType<typeof settingsFor> => settingsFor(fake, { schema: 'contract' });

  before(async function () {
    fake = await fakeOver(this);
    fake.jobs.hold = true;
    const workspace = await openWorkspace(fake, settings());
    await setUpTables(workspace, settings());
    workspace.dispose();
  });
  after(() => fake.stop());

  const subject = () => databricksSubject(fake, settings());
  describeFlowStore('Databricks', subject);
  describeConversions('Databricks', subject);
});
