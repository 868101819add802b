/** The connection's report: one row for each thing that a conversion needs. Starts no warehouse, changes nothing. */
import type { CheckRow, Verdict } from '../../flows/administration';
import { AcceleratorError, type MendingAction } from '../../flows/errors';
import { ATTEMPT_COLUMNS, FLOW_COLUMNS } from '../sql/rows';
import { computeOptions } from './compute';
import type { DatabricksWorkspace } from './databricksWorkspace';
import type { DatabricksSettings } from './settings';
import { UnityCatalog, volumeOf, type Held, type Securable } from './unityCatalog';
import { warehouseId } from './warehouses';

type Finding = Omit<CheckRow, 'subject'>;

const ok = (detail: string): Finding => ({ verdict: 'ok', detail, mend: null });
const bad = (verdict: Verdict, detail: string, mend: MendingAction | null): Finding => ({ verdict, detail, mend });

export async function checkConnection(
  workspace: DatabricksWorkspace,
  settings: DatabricksSettings,
  signal: AbortSignal,
): Promise<readonly CheckRow[]> {
  const signIn = await row('Sign-in', () => signInRow(workspace, signal), signal);
  if (signIn.verdict !== 'ok') {
    // Everything else would only say the same.
    return [signIn];
  }
  const unity = new UnityCatalog(workspace.rest);
  const who = await workspace.principals(signal);
  const { catalog, schema, flowsTable, historyTable, volumePath, outputPath, agentNotebookPath } = settings;
  const schemaName = `${catalog}.${schema}`;
  const volume = volumeOf(volumePath);
  const rights = (kind: Securable, name: string, wanted: readonly string[]): Promise<CheckRow> =>
    row(`Rights on ${kind} ${name}`, () => rightsRow(unity, kind, name, who, wanted, signal), signal);
  const rows = await Promise.all([
    row('SQL warehouse', () => warehouseRow(workspace, settings, signal), signal),
    rights('catalog', catalog, ['USE_CATALOG']),
    row(`Schema ${schemaName}`, () => existsRow(unity, 'schema', schemaName, signal), signal),
    rights('schema', schemaName, ['USE_SCHEMA']),
    ...(
      [
        [flowsTable, FLOW_COLUMNS],
        [historyTable, ATTEMPT_COLUMNS],
      ] as const
    ).flatMap(([table, wanted]) => [
      row(`Table ${schemaName}.${table}`, () => tableRow(unity, `${schemaName}.${table}`, wanted, signal), signal),
      rights('table', `${schemaName}.${table}`, ['SELECT', 'MODIFY']),
    ]),
    row('Folder of flows', () => volumeRow(workspace, volumePath, signal), signal),
    ...(volume === null
      ? []
      : [rights('volume', `${volume.catalog}.${volume.schema}.${volume.volume}`, ['READ_VOLUME', 'WRITE_VOLUME'])]),
    row('Output folder', () => outputRow(workspace, outputPath, signal), signal),
    row('Agent', () => agentRow(workspace, agentNotebookPath, signal), signal),
    row('Compute', () => computeRow(workspace, settings, signal), signal),
  ]);
  return [signIn, ...rows];
}

/** One row, whatever happens on the way: a refusal is a finding, not a failure of the report. */
async function row(subject: string, find: () => Promise<Finding>, signal: AbortSignal): Promise<CheckRow> {
  try {
    return { subject, ...(await find()) };
  } catch (error) {
    signal.throwIfAborted();
    if (!AcceleratorError.is(error)) throw error;
    const verdict: Verdict =
      error.reason === 'notFound' || error.reason === 'badSetting'
        ? 'missing'
        : error.reason === 'noPermission' || error.reason === 'notSignedIn'
          ? 'refused'
          : 'unknown';
    const mend = error.mend === 'checkConnection' ? null : (error.mend ?? null);
    return { subject, verdict, detail: error.message, mend };
  }
}

async function signInRow(workspace: DatabricksWorkspace, signal: AbortSignal): Promise<Finding> {
  const user = await workspace.user(signal);
  const signedIn = workspace.signedIn;
  const until = signedIn?.expiresAt ?? null;
  return ok(
    `${user} at ${workspace.host} by ${signedIn?.label ?? 'an unknown source'}` +
      (until === null ? '' : `, renewed before ${until.toISOString()}`),
  );
}

async function warehouseRow(
  workspace: DatabricksWorkspace,
  { warehouseHttpPath }: DatabricksSettings,
  signal: AbortSignal,
): Promise<Finding> {
  const id = warehouseId(warehouseHttpPath);
  if (id === null) {
    return bad(
      'missing',
      warehouseHttpPath === '' ? 'none is chosen' : `"${warehouseHttpPath}" is no path of a SQL warehouse`,
      'setUpWorkspace',
    );
  }
  const { name, state, health } = await workspace.warehouses.get(id, signal);
  if (state === 'DELETED' || state === 'DELETING') return bad('missing', `${name} was deleted`, 'setUpWorkspace');
  if (health?.status === 'FAILED') return bad('refused', `${name}: ${health.summary ?? 'failed'}`, 'setUpWorkspace');
  return ok(`${name}, ${state.toLowerCase()}${state === 'STOPPED' ? ': it starts when the tables are read' : ''}`);
}

async function existsRow(unity: UnityCatalog, kind: Securable, name: string, signal: AbortSignal): Promise<Finding> {
  return (await unity.exists(kind, name, signal))
    ? ok('is there')
    : bad('missing', 'is not there, or you may not see it', 'setUpWorkspace');
}

async function tableRow(
  unity: UnityCatalog,
  name: string,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<Finding> {
  const columns = await unity.columns(name, signal);
  if (columns === null) return bad('missing', 'is not there, or you may not see it', 'setUpWorkspace');
  const there = new Set(columns.map((column) => column.toLowerCase()));
  const missing = wanted.filter((column) => !there.has(column));
  return missing.length === 0
    ? ok(`${columns.length} columns`)
    : bad('missing', `lacks ${missing.join(', ')}`, 'setUpWorkspace');
}

async function rightsRow(
  unity: UnityCatalog,
  kind: Securable,
  name: string,
  who: readonly string[],
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<Finding> {
  const [person = ''] = who;
  let held: Held;
  try {
    held = await unity.held(kind, name, who, signal);
  } catch (error) {
    // Not everybody may read grants; that says nothing about having them.
    if (AcceleratorError.is(error, 'noPermission') || AcceleratorError.is(error, 'notFound')) {
      return bad('unknown', `could not be read: ${error.message}`, null);
    }
    throw error;
  }
  const { privileges, owns, complete } = held;
  if (owns) return ok('yours, or of a group of yours');
  const missing = privileges.has('ALL_PRIVILEGES') ? [] : wanted.filter((privilege) => !privileges.has(privilege));
  const words = (names: readonly string[]): string => names.map((one) => one.replaceAll('_', ' ')).join(', ');
  if (missing.length === 0) return ok(words(wanted));
  const grant = `GRANT ${words(missing)} ON ${kind.toUpperCase()} ${quoted(name)} TO ${quoted(person)}`;
  return complete
    ? bad('refused', `${words(missing)} not granted to ${person}. Its owner can run:\n${grant}`, null)
    : bad('unknown', `${words(missing)} not granted to ${person}; a group may have it. If not:\n${grant}`, null);
}

/** A name for SQL: each part of an object's, a person's as one. */
function quoted(name: string): string {
  const parts = name.includes('@') ? [name] : name.split('.');
  return parts.map((part) => `\`${part.replaceAll('`', '``')}\``).join('.');
}

async function volumeRow(workspace: DatabricksWorkspace, path: string, signal: AbortSignal): Promise<Finding> {
  if (volumeOf(path) === null) {
    return bad('missing', path === '' ? 'none is chosen' : `"${path}" is no path of a volume`, 'setUpWorkspace');
  }
  return (await workspace.volumes.folderExists(path, signal))
    ? ok(path)
    : bad('missing', `${path} is not there`, 'setUpWorkspace');
}

async function outputRow(workspace: DatabricksWorkspace, path: string, signal: AbortSignal): Promise<Finding> {
  const there = path.startsWith('/Volumes/')
    ? await workspace.volumes.folderExists(path, signal)
    : (await workspace.files.status(path, signal)) !== null;
  return there ? ok(path) : bad('missing', `${path} is not there`, 'setUpWorkspace');
}

async function agentRow(workspace: DatabricksWorkspace, path: string, signal: AbortSignal): Promise<Finding> {
  await workspace.checkCanStart(signal).catch((error: unknown) => {
    if (AcceleratorError.is(error, 'agentMissing')) {
      throw new AcceleratorError('notFound', error.message, { mend: 'uploadAgent' });
    }
    throw error;
  });
  return ok(path);
}

async function computeRow(
  workspace: DatabricksWorkspace,
  { compute, cluster }: DatabricksSettings,
  signal: AbortSignal,
): Promise<Finding> {
  if (compute === 'serverless') return ok('serverless');
  const offered = await computeOptions(workspace.rest, signal);
  if (compute === 'existingCluster') {
    const id = cluster['existing_cluster_id'];
    const found = offered.clusters.find((one) => one.value === id);
    return found === undefined
      ? bad('missing', `the cluster ${textOf(id)} is not there`, 'pickCompute')
      : ok(`${found.label}, ${found.detail}`);
  }
  const { spark_version: runtime, node_type_id: node } = cluster;
  const problems = [
    offered.runtimes.some((one) => one.value === runtime) ? '' : `the runtime ${textOf(runtime)} is not offered`,
    node === undefined || offered.nodeTypes.some((one) => one.value === node)
      ? ''
      : `the node type ${textOf(node)} is not offered`,
  ].filter((problem) => problem !== '');
  return problems.length === 0
    ? ok(`a cluster for each job: ${textOf(runtime)}, ${textOf(node)}`)
    : bad('missing', problems.join('; '), 'pickCompute');
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '(none named)');
