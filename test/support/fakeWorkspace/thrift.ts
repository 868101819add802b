/** A SQL warehouse: the driver's own Thrift protocol, every statement executed by the engine. */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

import thrift from 'thrift';
import type { thrift as driverThrift } from '@databricks/sql';

import { resultSchema, type EngineResult, type EngineSource } from './engine';
import { EngineError } from './engineError';

const require = createRequire(import.meta.url);
type Service = typeof driverThrift.TCLIService & { Processor: new (handler: object) => ThriftProcessor };
type Types = typeof driverThrift.TCLIService_types;
interface ThriftProcessor {
  process(input: unknown, output: unknown): void;
}
const { Processor } = require('@databricks/sql/thrift/TCLIService.js') as Service;
const T = require('@databricks/sql/thrift/TCLIService_types.js') as Types;

/** SPARK_CLI_SERVICE_PROTOCOL_V8: from here on the driver sends parameters and takes Arrow. */
const PROTOCOL = 42248;
/** A statement that ends within this time is answered whole; otherwise the driver asks for its state. */
const DIRECT_RESULT_MS = 1_500;

type State = 'running' | 'finished' | 'failed' | 'cancelled';

interface Operation {
  readonly tag: string;
  readonly session: string;
  state: State;
  result?: EngineResult;
  error?: EngineError;
}

interface Handle {
  readonly guid: Buffer;
}
interface StatementRequest {
  readonly sessionHandle: { readonly sessionId: Handle };
  readonly statement: string;
  readonly parameters?: readonly {
    readonly name?: string;
    readonly type?: string;
    readonly value?: { readonly stringValue?: string };
  }[];
}
interface OperationRequest {
  readonly operationHandle: { readonly operationId: Handle };
}

export interface WarehouseHooks {
  /** Hears each statement; may throw an EngineError in the engine's place. */
  onStatement(sql: string): void | Promise<void>;
}

const TYPE_IDS: Readonly<Record<string, number>> = {
  boolean: T.TTypeId.BOOLEAN_TYPE,
  tinyint: T.TTypeId.TINYINT_TYPE,
  smallint: T.TTypeId.SMALLINT_TYPE,
  int: T.TTypeId.INT_TYPE,
  bigint: T.TTypeId.BIGINT_TYPE,
  float: T.TTypeId.FLOAT_TYPE,
  double: T.TTypeId.DOUBLE_TYPE,
  string: T.TTypeId.STRING_TYPE,
  timestamp: T.TTypeId.TIMESTAMP_TYPE,
  date: T.TTypeId.DATE_TYPE,
  binary: T.TTypeId.BINARY_TYPE,
  array: T.TTypeId.ARRAY_TYPE,
  map: T.TTypeId.MAP_TYPE,
  struct: T.TTypeId.STRUCT_TYPE,
  void: T.TTypeId.NULL_TYPE,
};
const STATES: Readonly<Record<State, number>> = {
  running: T.TOperationState.RUNNING_STATE,
  finished: T.TOperationState.FINISHED_STATE,
  failed: T.TOperationState.ERROR_STATE,
  cancelled: T.TOperationState.CANCELED_STATE,
};

const good = (): object => new T.TStatus({ statusCode: T.TStatusCode.SUCCESS_STATUS });
const bad = (message: string): object =>
  new T.TStatus({ statusCode: T.TStatusCode.ERROR_STATUS, errorMessage: message, displayMessage: message });

/** Handles must hold the bytes of a valid UUID: the driver turns them into its text. */
const newGuid = (): Buffer => Buffer.from(randomUUID().replaceAll('-', ''), 'hex');
const keyOf = (handle: Handle): string => Buffer.from(handle.guid).toString('hex');

export class ThriftWarehouse {
  private readonly sessions = new Set<string>();
  private readonly operations = new Map<string, Operation>();
  private readonly processor = new Processor(this);

  constructor(
    private readonly engine: EngineSource,
    private readonly hooks: WarehouseHooks,
  ) {}

  /** One call of the protocol: the bytes of the request's body into those of the answer's. */
  answer(body: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const receive = thrift.TBufferedTransport.receiver((transport: unknown) => {
        const output = new thrift.TBinaryProtocol(
          new thrift.TBufferedTransport(undefined, (bytes) => resolve(bytes as Buffer)),
        );
        this.processor.process(new thrift.TBinaryProtocol(transport as thrift.TTransport), output);
      }, 0);
      try {
        receive(body);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  /** As when the warehouse stopped: every session is gone. */
  dropSessions(): void {
    this.sessions.clear();
  }

  /** Takes its argument though it needs none: by the number of arguments the protocol's code knows a promise is meant. */
  async OpenSession(request: unknown): Promise<object> {
    void request;
    const guid = newGuid();
    const session = keyOf({ guid });
    await (await this.engine()).call('open', { session });
    this.sessions.add(session);
    return new T.TOpenSessionResp({
      status: good(),
      serverProtocolVersion: PROTOCOL,
      sessionHandle: new T.TSessionHandle({
        sessionId: new T.THandleIdentifier({ guid, secret: newGuid() }),
      }),
      canUseMultipleCatalogs: true,
    } as never);
  }

  /** What still runs in it ends with it. */
  async CloseSession(request: { readonly sessionHandle: { readonly sessionId: Handle } }): Promise<object> {
    const session = keyOf(request.sessionHandle.sessionId);
    if (this.sessions.delete(session)) {
      const running = [...this.operations.values()].filter((operation) => operation.session === session);
      await Promise.all(running.map((operation) => this.end(operation)));
      await (await this.engine()).call('close', { session });
    }
    return new T.TCloseSessionResp({ status: good() } as never);
  }

  async ExecuteStatement(request: StatementRequest): Promise<object> {
    const session = keyOf(request.sessionHandle.sessionId);
    if (!this.sessions.has(session)) {
      const text = `Session handle ${session} has not been initialized or had already closed.`;
      return new T.TExecuteStatementResp({ status: bad(text) } as never);
    }
    const guid = newGuid();
    const operation: Operation = { tag: keyOf({ guid }), session, state: 'running' };
    this.operations.set(operation.tag, operation);
    const parameters = (request.parameters ?? []).map(({ name, type, value }) => ({
      name,
      type,
      value: value?.stringValue ?? null,
    }));
    const done = this.run(operation, session, request.statement, parameters);
    await Promise.race([done, sleep(DIRECT_RESULT_MS, undefined, { ref: false })]);
    const ended = operation.state !== 'running';
    const finished = operation.state === 'finished';
    if (finished) {
      this.operations.delete(operation.tag);
    }
    return new T.TExecuteStatementResp({
      status: good(), // a failed statement is a failed operation, not a failed call
      operationHandle: new T.TOperationHandle({
        operationId: new T.THandleIdentifier({ guid, secret: newGuid() }),
        operationType: T.TOperationType.EXECUTE_STATEMENT,
        hasResultSet: true,
      }),
      ...(ended
        ? {
            directResults: new T.TSparkDirectResults({
              operationStatus: statusOf(operation),
              ...(finished
                ? {
                    resultSetMetadata: metadataOf(operation),
                    resultSet: rowsOf(operation),
                    closeOperation: new T.TCloseOperationResp({ status: good() } as never),
                  }
                : {}),
            } as never),
          }
        : {}),
    } as never);
  }

  GetOperationStatus(request: OperationRequest): object {
    return statusOf(this.operation(request));
  }

  GetResultSetMetadata(request: OperationRequest): object {
    return metadataOf(this.operation(request));
  }

  FetchResults(request: OperationRequest): object {
    return rowsOf(this.operation(request));
  }

  async CancelOperation(request: OperationRequest): Promise<object> {
    await this.end(this.operation(request));
    return new T.TCancelOperationResp({ status: good() } as never);
  }

  CloseOperation(request: OperationRequest): object {
    this.operations.delete(keyOf(request.operationHandle.operationId));
    return new T.TCloseOperationResp({ status: good() } as never);
  }

  private async run(operation: Operation, session: string, sql: string, parameters: readonly object[]): Promise<void> {
    try {
      await this.hooks.onStatement(sql);
      const answer = await (await this.engine()).call('execute', { session, sql, parameters, tag: operation.tag });
      operation.result = resultSchema.parse(answer);
      operation.state = operation.state === 'cancelled' ? 'cancelled' : 'finished';
    } catch (error) {
      if (operation.state !== 'cancelled') {
        operation.error = error instanceof EngineError ? error : new EngineError(String(error), null, null);
        operation.state = 'failed';
      }
    }
  }

  /** Cancels what still runs. */
  private async end(operation: Operation): Promise<void> {
    if (operation.state === 'running') {
      operation.state = 'cancelled';
      await (await this.engine()).call('cancel', { tag: operation.tag });
    }
  }

  private operation(request: OperationRequest): Operation {
    const operation = this.operations.get(keyOf(request.operationHandle.operationId));
    if (operation === undefined) {
      throw new Error('Invalid operation handle');
    }
    return operation;
  }
}

function statusOf({ state, error }: Operation): object {
  return new T.TGetOperationStatusResp({
    status: good(),
    operationState: STATES[state],
    ...(error === undefined ? {} : { errorMessage: error.message, displayMessage: error.message }),
    ...(error?.sqlState == null ? {} : { sqlState: error.sqlState }),
    hasResultSet: true,
  } as never);
}

function metadataOf({ result }: Operation): object {
  const columns = (result?.columns ?? []).map(({ name, type }, index) => {
    const plain = /^[a-z]+/.exec(type)?.[0] ?? 'string';
    const entry: Record<string, unknown> = { type: TYPE_IDS[plain] ?? T.TTypeId.STRING_TYPE };
    return new T.TColumnDesc({
      columnName: name,
      typeDesc: new T.TTypeDesc({
        types: [new T.TTypeEntry({ primitiveEntry: new T.TPrimitiveTypeEntry(entry as never) })],
      }),
      position: index + 1, // counted from 1: the driver subtracts one
      comment: '',
    });
  });
  return new T.TGetResultSetMetadataResp({
    status: good(),
    schema: new T.TTableSchema({ columns }),
    resultFormat: T.TSparkRowSetType.ARROW_BASED_SET,
    lz4Compressed: false,
    arrowSchema: Buffer.from(result?.arrowSchema ?? '', 'base64'),
  } as never);
}

function rowsOf({ result }: Operation): object {
  const arrowBatches = (result?.batches ?? []).map(
    ({ rows, data }) => new T.TSparkArrowBatch({ batch: Buffer.from(data, 'base64'), rowCount: rows as never }),
  );
  return new T.TFetchResultsResp({
    status: good(),
    hasMoreRows: false,
    results: new T.TRowSet({ startRowOffset: 0 as never, rows: [], arrowBatches }),
  } as never);
}
