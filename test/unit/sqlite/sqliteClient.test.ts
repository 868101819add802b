/** The local file: opened by many, never overwritten, never silent about what is wrong. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { APPLICATION_ID, MIGRATIONS } from '../../../src/workspaces/local/sqlite/migrations';
import { isOnNetworkDrive } from '../../../src/workspaces/local/sqlite/networkDrive';
import { SqliteClient } from '../../../src/workspaces/local/sqlite/sqliteClient';
import { bundles, openClient } from '../../support/contract/bundles';

describe('SQLite client', () => {
  const { signal } = new AbortController();
  let folder: string;
  let file: string;
  const open: SqliteClient[] = [];

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-sqlite-'));
    file = path.join(folder, 'deeper', 'accelerator.db');
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (client) => client.close()));
    rmSync(folder, { recursive: true, force: true });
  });

  const client = async (): Promise<SqliteClient> => {
    const made = await openClient(file);
    open.push(made);
    return made;
  };
  /** A file that somebody else made. */
  const foreign = (statements: string): Buffer => {
    mkdirSync(path.dirname(file), { recursive: true });
    const database = new DatabaseSync(file);
    database.exec(statements);
    database.close();
    return readFileSync(file);
  };
  const one = async (on: SqliteClient, sql: string): Promise<unknown> =>
    Object.values((await on.execute(sql, {}, { signal })).rows[0] ?? {})[0];

  it('makes a new file of the newest version, ours by its id, in WAL mode', async () => {
    const made = await client();
    assert.equal(await one(made, 'PRAGMA user_version'), MIGRATIONS.length);
    assert.equal(await one(made, 'PRAGMA application_id'), APPLICATION_ID);
    assert.equal(await one(made, 'PRAGMA journal_mode'), 'wal');
    assert.equal(await isOnNetworkDrive(folder), false);
  });

  it('uses DELETE where WAL would not work', async () => {
    const made = new SqliteClient({ file, workerFile: path.join(await bundles(), 'worker.js'), journal: 'DELETE' });
    open.push(made);
    assert.equal(await one(made, 'PRAGMA journal_mode'), 'delete');
  });

  it('takes a folder for a network drive where it cannot tell', async () => {
    assert.equal(await isOnNetworkDrive(path.join(folder, 'missing')), true);
  });

  it('brings an older file forward without touching what it holds', async () => {
    const [first = []] = MIGRATIONS;
    foreign(
      `${first.join(';')}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1;
       INSERT INTO nifi_flows (flow_id, flow_name, server, nifi_xml_path, status) VALUES ('a', 'A', 's', '/a', 'DONE')`,
    );
    const made = await client();
    assert.equal(await one(made, 'SELECT flow_name FROM nifi_flows'), 'A');
    assert.equal(await one(made, 'PRAGMA user_version'), MIGRATIONS.length);
  });

  it('lets many windows open a new file at once', async () => {
    const clients = await Promise.all(Array.from({ length: 6 }, client));
    const versions = await Promise.all(clients.map(async (each) => one(each, 'PRAGMA user_version')));
    assert.deepEqual(new Set(versions), new Set([MIGRATIONS.length]));
  });

  for (const [what, statements, reason] of [
    ['a newer file', `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 999`, 'storageTooNew'],
    ["another program's file", 'CREATE TABLE theirs (a)', 'storageDamaged'],
    ["another program's empty file", 'PRAGMA application_id = 7', 'storageDamaged'],
  ] as const) {
    it(`refuses ${what} and leaves it as it is`, async () => {
      const before = foreign(statements);
      await assert.rejects(one(await client(), 'SELECT 1'), { name: 'AcceleratorError', reason });
      assert.deepEqual(readFileSync(file), before);
    });
  }

  it('refuses a file that is no database and leaves it as it is', async () => {
    mkdirSync(path.dirname(file), { recursive: true });
    const before = Buffer.from('this is a text, and long enough to be taken for a header of something'.repeat(40));
    writeFileSync(file, before);
    await assert.rejects(one(await client(), 'SELECT 1'), { reason: 'storageDamaged', message: /damaged/ });
    assert.deepEqual(readFileSync(file), before);
  });

  it('refuses a database with broken pages and leaves it as it is', async () => {
    const made = await client();
    await one(made, 'SELECT 1');
    await made.close();
    const whole = readFileSync(file);
    const broken = Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(whole.length - 4096, 0xab)]);
    writeFileSync(file, broken);
    await assert.rejects(one(await client(), 'SELECT 1'), { reason: 'storageDamaged' });
    assert.deepEqual(readFileSync(file), broken);
  });

  it('works once the file can be opened, without a new client', async () => {
    mkdirSync(file, { recursive: true });
    const made = await client();
    await assert.rejects(one(made, 'SELECT 1'), { reason: 'storageUnavailable' });
    rmSync(file, { recursive: true });
    assert.equal(await one(made, 'SELECT 1'), 1);
  });

  it('says that the storage is read-only', async function () {
    if (process.getuid?.() === 0 || process.platform === 'win32') {
      // Nothing is read-only for root; SQLite's own code stands in for it.
      const made = await client();
      await one(made, 'PRAGMA query_only = 1');
      await assert.rejects(made.execute(`DELETE FROM nifi_flows`, {}, { signal }), {
        reason: 'storageUnavailable',
        message: /read-only/,
      });
      return;
    }
    await (await client()).close();
    chmodSync(path.dirname(file), 0o500);
    chmodSync(file, 0o400);
    try {
      await assert.rejects((await client()).execute('DELETE FROM nifi_flows', {}, { signal }), {
        reason: 'storageUnavailable',
      });
    } finally {
      chmodSync(path.dirname(file), 0o700);
    }
  });

  it('says so where the runtime has no SQLite', async () => {
    const stub = path.join(folder, 'worker.js');
    writeFileSync(
      stub,
      `const { parentPort } = require('node:worker_threads');
       parentPort.on('message', ({ id }) => parentPort.postMessage(
         { id, failure: { kind: 'noSqlite', code: 0, message: 'Node 22.4.0 has no SQLite.' } }));`,
    );
    const made = new SqliteClient({ file, workerFile: stub });
    open.push(made);
    await assert.rejects(one(made, 'SELECT 1'), { reason: 'storageUnavailable', message: /Update VS Code/ });
  });

  it('hears what other connections write, and nothing of its own', async () => {
    const [mine, theirs] = [await client(), await client()];
    await one(mine, 'SELECT 1');
    assert.equal(await mine.hasNews(signal), true, 'the first question has everything still to read');
    assert.equal(await mine.hasNews(signal), false);
    await insert(mine, 'a');
    assert.equal(await mine.hasNews(signal), false);
    await insert(theirs, 'b');
    assert.equal(await mine.hasNews(signal), true);
    assert.equal(await mine.hasNews(signal), false);
  });

  const insert = async (on: SqliteClient, id: string): Promise<void> => {
    await on.execute(
      `INSERT INTO nifi_flows (flow_id, flow_name, server, nifi_xml_path, status) VALUES (:id, :id, 's', :id, 'DONE')`,
      { id },
      { signal },
    );
  };

  it('waits for the lock of another process and then goes on', async () => {
    const made = await client();
    await one(made, 'SELECT 1');
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    let done = false;
    const writing = insert(made, 'a').then(() => (done = true));
    assert.equal(await one(made, 'SELECT count(*) FROM nifi_flows'), 0, 'reads go on in WAL mode');
    assert.equal(done, false);
    other.exec('COMMIT');
    other.close();
    await writing;
    assert.equal(await one(made, 'SELECT count(*) FROM nifi_flows'), 1);
  });

  it('stops waiting for a lock when called off', async () => {
    const made = await client();
    await one(made, 'SELECT 1');
    const other = new DatabaseSync(file);
    other.exec('BEGIN IMMEDIATE');
    const called = new AbortController();
    const writing = made.execute('DELETE FROM nifi_flows', {}, { signal: called.signal });
    called.abort();
    await assert.rejects(writing, { reason: 'cancelled' });
    other.exec('ROLLBACK');
    other.close();
  });

  it('makes a transaction whole or not at all', async () => {
    const made = await client();
    const row = (id: string) => ({
      sql: `INSERT INTO nifi_flows (flow_id, flow_name, server, nifi_xml_path, status) VALUES (:id, :id, 's', :id, 'DONE')`,
      parameters: { id },
    });
    await made.transaction([row('a'), row('b')], { signal });
    await assert.rejects(made.transaction([row('c'), row('a')], { signal }), { name: 'AcceleratorError' });
    assert.equal(await one(made, 'SELECT count(*) FROM nifi_flows'), 2);
  });

  it('refuses statements after it was closed', async () => {
    const made = await client();
    await one(made, 'SELECT 1');
    await made.close();
    await assert.rejects(one(made, 'SELECT 1'), { reason: 'storageUnavailable' });
  });
});
