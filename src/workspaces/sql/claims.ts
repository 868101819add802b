/**
 * The claim: one conditional statement makes one starter the owner of each flow, and reading back tells who it is.
 *
 * Starters of the same second make the same attempt id, so the id alone does not say whose claim stands. Each claim
 * therefore leaves a note with a random token in the flow row's status message, which also names the starter to whoever
 * loses in the moment before the history row exists.
 */
import { randomBytes } from 'node:crypto';
import { AcceleratorError } from '../../flows/errors';
import type { ClaimResult, StartRequest } from '../../flows/flowStore';
import { nextAttemptId } from '../../flows/ids';
import { isActive, type Attempt } from '../../flows/model';
import { START_DEADLINE_MS } from '../../flows/timing';
import { asRead, stillAsRead } from './asRead';
import { flowOf } from './flowOf';
import type { FlowRow } from './rows';
import type { TextRow } from './dialect';
import type { Tables } from './tables';

/**
 * From the statement on, a cancel waits until it is known which claims stand, so that none is left without an owner. Half
 * of a start's time is left for its job and run.
 */
const SETTLE_MILLISECONDS = START_DEADLINE_MS / 2;

/** How often a claim is decided anew because somebody changed the row without converting the flow. */
const MAX_ROUNDS = 12;
const CLAIM_NOTE = /^Starting \((.*), claim [0-9a-f]{12}\)$/;

/** Who claimed, from a flow row's status message; null where it is no claim's note. */
export function claimedBy(statusMessage: string | null): string | null {
  return CLAIM_NOTE.exec(statusMessage ?? '')?.[1] ?? null;
}

interface Bid {
  readonly request: StartRequest;
  readonly row: FlowRow;
  readonly attempts: readonly Attempt[];
  readonly attemptId: string;
  readonly attemptNumber: number;
  readonly triggeredBy: string;
  readonly note: string;
}

/**
 * One result for each distinct flow asked for, in the order of the requests. A flow without a result could not be
 * decided: the claiming was cut short, or others change its row all the time.
 */
export async function claimFlows(
  tables: Tables,
  requests: readonly StartRequest[],
  now: Date,
  signal: AbortSignal,
): Promise<readonly ClaimResult[]> {
  const token = randomBytes(6).toString('hex');
  const results = new Map<string, ClaimResult>();
  let open = [...new Map(requests.map((request) => [request.flowId, request])).values()];
  for (let round = 0; open.length > 0 && round < MAX_ROUNDS; round += 1) {
    try {
      open = await claimOnce(tables, open, now, token, results, signal);
    } catch (error) {
      // A claim that stands must reach its starter, whatever became of the others.
      if (![...results.values()].some((result) => result.outcome === 'won')) {
        throw error;
      }
      break;
    }
    if (signal.aborted) {
      break;
    }
  }
  const flowIds = new Set(requests.map((request) => request.flowId));
  return [...flowIds].flatMap((flowId) => results.get(flowId) ?? []);
}

/** One round: decides by what is read, sends the statement, reads back. Returns what has to be decided again. */
async function claimOnce(
  tables: Tables,
  requests: readonly StartRequest[],
  now: Date,
  token: string,
  results: Map<string, ClaimResult>,
  signal: AbortSignal,
): Promise<StartRequest[]> {
  const flowIds = requests.map((request) => request.flowId);
  const before = await readFlows(tables, flowIds, signal);
  const bids: Bid[] = [];
  for (const request of requests) {
    const found = before.get(request.flowId);
    if (found === undefined) {
      results.set(request.flowId, { outcome: 'unknown', flowId: request.flowId });
      continue;
    }
    const lost = standsInTheWay(found.row, found.attempts);
    if (lost !== null) {
      results.set(request.flowId, lost);
      continue;
    }
    bids.push(bidFor(request, found.row, found.attempts, now, token));
  }
  if (bids.length === 0 || signal.aborted) {
    return bids.map((bid) => bid.request);
  }
  const steady = AbortSignal.timeout(SETTLE_MILLISECONDS);
  let changed: number | null = null;
  try {
    changed = await sendBids(tables, bids, now, steady);
  } catch (error) {
    // Somebody else's write came first: who won is in the table, below or in the next round.
    if (!AcceleratorError.is(error, 'conflict')) {
      throw error;
    }
  }
  // A statement for one flow that changed a row has claimed it; which of many flows were changed, only the table tells.
  const won = bids.length === 1 && (changed ?? 0) > 0 ? bids : await standing(tables, bids, steady);
  for (const bid of won) {
    results.set(bid.row.flowId, {
      outcome: 'won',
      flow: flowOf(bid.row, bid.attempts),
      attemptId: bid.attemptId,
      attemptNumber: bid.attemptNumber,
      claimedAt: now,
      triggeredBy: bid.triggeredBy,
    });
  }
  return bids.filter((bid) => !won.includes(bid)).map((bid) => bid.request);
}

/** The bids whose claims are in the table. */
async function standing(tables: Tables, bids: readonly Bid[], signal: AbortSignal): Promise<readonly Bid[]> {
  const rows = await tables.flowRows(
    bids.map((bid) => bid.row.flowId),
    signal,
  );
  const after = new Map(rows.map((row) => [row.flowId, row]));
  return bids.filter((bid) => {
    const row = after.get(bid.row.flowId);
    return row?.currentAttemptId === bid.attemptId && row.statusMessage === bid.note;
  });
}

async function readFlows(
  tables: Tables,
  flowIds: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, { readonly row: FlowRow; readonly attempts: readonly Attempt[] }>> {
  // The rows first: an attempt that ended before its row was read is then seen as ended.
  const rows = await tables.flowRows(flowIds, signal);
  const attempts = await tables.attemptsByFlow(flowIds, signal);
  return new Map(rows.map((row) => [row.flowId, { row, attempts: attempts.get(row.flowId) ?? [] }]));
}

/** The attempt that keeps a flow from being claimed, as a lost claim; null where the flow is free. */
function standsInTheWay(row: FlowRow, attempts: readonly Attempt[]): ClaimResult | null {
  const active = attempts.find((attempt) => isActive(attempt.status));
  if (active !== undefined) {
    return {
      outcome: 'lost',
      flow: flowOf(row, attempts),
      attemptId: active.attemptId,
      by: active.triggeredBy,
      since: active.startedAt,
      current: active,
    };
  }
  const current = row.currentAttemptId;
  if (row.status !== 'CONVERTING' || current === null || attempts.some((attempt) => attempt.attemptId === current)) {
    return null;
  }
  // Claimed a moment ago, or by a start that was cut off there; reconcile tells the two apart.
  return {
    outcome: 'lost',
    flow: flowOf(row, attempts),
    attemptId: current,
    by: claimedBy(row.statusMessage),
    since: row.lastAttemptAt,
    current: null,
  };
}

function bidFor(request: StartRequest, row: FlowRow, attempts: readonly Attempt[], now: Date, token: string): Bid {
  const earlier = attempts.map((attempt) => attempt.attemptId);
  const triggeredBy = `${request.trigger}:${request.user}`;
  return {
    request,
    row,
    attempts,
    attemptId: nextAttemptId(
      row.flowId,
      now,
      row.currentAttemptId === null ? earlier : [...earlier, row.currentAttemptId],
    ),
    attemptNumber: Math.max(row.totalAttempts ?? 0, ...attempts.map((attempt) => attempt.attemptNumber)) + 1,
    triggeredBy,
    note: `Starting (${triggeredBy}, claim ${token})`,
  };
}

async function sendBids(tables: Tables, bids: readonly Bid[], now: Date, signal: AbortSignal): Promise<number | null> {
  const { dialect } = tables;
  const rows = bids.map((bid): TextRow => ({
    flow_id: bid.row.flowId,
    ...asRead(bid.row),
    attempt_id: bid.attemptId,
    attempt_number: String(bid.attemptNumber),
    claimed_at: now.toISOString(),
    note: bid.note,
  }));
  return tables.update(
    tables.flows,
    'flow_id',
    rows,
    (given) => {
      const claimedAt = dialect.timestampParameter(given('claimed_at'));
      return {
        set: {
          status: `'CONVERTING'`,
          current_attempt_id: given('attempt_id'),
          total_attempts: dialect.typedParameter(given('attempt_number'), 'INT'),
          last_attempt_at: claimedAt,
          first_attempt_at: `COALESCE(t.first_attempt_at, ${claimedAt})`,
          conversion_started_at: claimedAt,
          conversion_completed_at: dialect.timestampParameter('NULL'),
          databricks_job_id: dialect.typedParameter('NULL', 'STRING'),
          databricks_run_id: dialect.typedParameter('NULL', 'STRING'),
          progress_percentage: dialect.typedParameter('NULL', 'INT'),
          iterations: dialect.typedParameter('NULL', 'INT'),
          validation_percentage: dialect.typedParameter('NULL', 'INT'),
          error_message: dialect.typedParameter('NULL', 'STRING'),
          status_message: given('note'),
          last_updated: claimedAt,
        },
        where: stillAsRead(dialect, given),
      };
    },
    signal,
  );
}
