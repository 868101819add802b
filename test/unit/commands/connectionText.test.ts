import assert from 'node:assert/strict';
import { reportText } from '../../../src/commands/databricks/connectionText';
import { COMMANDS } from '../../../src/platform/contributions';

describe('the report of a connection', () => {
  it('has a line for each row, and below it what mends it as a link', () => {
    const { text, links } = reportText('Databricks connection', [
      { subject: 'Sign-in', verdict: 'ok', detail: 'ann at https://example.com', mend: null },
      { subject: 'Table', verdict: 'missing', detail: 'is not there', mend: 'setUpWorkspace' },
      { subject: 'Agent', verdict: 'missing', detail: 'is not there\nor not visible', mend: 'uploadAgent' },
      { subject: 'Privileges', verdict: 'refused', detail: 'SELECT is not granted', mend: null },
    ]);
    const lines = text.split('\n');
    assert.equal(lines[1], '3 of 4 need a look.');
    assert.equal(lines[3], '[ok] Sign-in: ann at https://example.com');
    assert.equal(lines[4], '[missing] Table: is not there');
    assert.deepEqual(
      links.map((link) => [lines[link.line]?.slice(link.start, link.end), link.command]),
      [
        ['Set Up Workspace', COMMANDS.setUpWorkspace],
        ['Upload Agent', COMMANDS.uploadAgent],
      ],
    );
    assert.match(text, /^ {4}or not visible$/m);
    assert.match(text, /^\[refused\] Privileges: SELECT is not granted$/m);
  });

  it('says so where nothing is missing', () => {
    const { text, links } = reportText('t', [{ subject: 'Sign-in', verdict: 'ok', detail: 'ann', mend: null }]);
    assert.equal(text, 't\nEverything is there.\n\n[ok] Sign-in: ann\n');
    assert.deepEqual(links, []);
  });

  it('can be copied: what looks like a credential is hidden', () => {
    const { text } = reportText('t', [
      {
        subject: 'Sign-in',
        verdict: 'refused',
        detail: 'token dapi0123456789abcdef0123456789abcdef, Authorization: Bearer abcdefghijkl, https://u:pw@proxy',
        mend: 'signIn',
      },
    ]);
    assert.doesNotMatch(text, /dapi0123|abcdefghijkl|u:pw/);
  });
});
