/** The five failures that everybody meets first: each is known for what it is, and has a button that mends it. */
import assert from 'node:assert/strict';
import { MENDING_ACTIONS, type MendingAction } from '../../../src/flows/errors';
import { remedyFor } from '../../../src/platform/mending';
import { toError } from '../../../src/workspaces/databricks/rest/errors';
import { readFailure, toSqlError } from '../../../src/workspaces/databricks/sql/sqlErrors';

const sql = (message: string, more: object = {}) => {
  const thrown = Object.assign(new Error(message), more);
  return toSqlError(readFailure(thrown), thrown);
};

describe('what goes wrong first', () => {
  const cases: readonly [
    string,
    { reason: string; mend: MendingAction | undefined; message: string },
    string,
    RegExp,
  ][] = [
    [
      'the history table is missing',
      sql('[TABLE_OR_VIEW_NOT_FOUND] The table or view `main`.`default`.`nifi_flows` cannot be found. SQLSTATE: 42P01'),
      'Set Up Workspace',
      /not set up.*nifi_flows/,
    ],
    [
      'the schema is missing',
      sql('[SCHEMA_NOT_FOUND] The schema `main`.`nifi` cannot be found. SQLSTATE: 42704'),
      'Set Up Workspace',
      /`main`\.`nifi`/,
    ],
    [
      'the table is of an earlier system',
      sql('[UNRESOLVED_COLUMN.WITH_SUGGESTION] A column with name `t`.`current_attempt_id` cannot be resolved.'),
      'Set Up Workspace',
      /lack a column.*current_attempt_id/,
    ],
    [
      'a privilege on a table is missing',
      sql('[INSUFFICIENT_PERMISSIONS] Insufficient privileges: User does not have MODIFY on Table main.default.x.', {
        response: { sqlState: '42501' },
      }),
      'Check Connection',
      /MODIFY on Table main\.default\.x/,
    ],
    [
      'a right in the workspace is missing',
      toError('create the job', {
        status: 403,
        code: 'PERMISSION_DENIED',
        message: 'No.',
        requestId: undefined,
        retryAfterMs: undefined,
      }),
      'Check Connection',
      /You may not create the job/,
    ],
    [
      'nobody is signed in any more',
      toError('list the runs', {
        status: 401,
        code: '',
        message: 'Invalid access token.',
        requestId: undefined,
        retryAfterMs: undefined,
      }),
      'Sign In',
      /no longer accepts the sign-in/,
    ],
    ['the warehouse is gone', sql('not found', { statusCode: 404 }), 'Set Up Workspace', /warehouse.*does not exist/],
  ];
  for (const [name, error, button, message] of cases) {
    it(`${name}: "${button}"`, () => {
      assert.equal(remedyFor(error.mend)?.title, button);
      assert.match(error.message, message);
    });
  }

  it('has a button for everything that mends, but for trying again, which only the caller can', () => {
    assert.deepEqual(
      MENDING_ACTIONS.filter((action) => remedyFor(action) === null),
      ['tryAgain'],
    );
  });
});
