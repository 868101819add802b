/**
 * What a person does with a place beside conversions: signing in, setting it up, checking it. Only Databricks has one;
 * this computer needs none of it. Everything takes a signal and rejects with `AcceleratorError`.
 */
import type { MendingAction } from './errors';
import type { Disposable } from './event';
import type { PopulateResult } from './workspace';

/** A way to sign in that the computer already knows. */
export interface SignInProfile {
  readonly name: string;
  readonly host: string;
  readonly isDefault: boolean;
}

export interface SignInProfiles {
  /** The file they stand in. */
  readonly path: string;
  readonly profiles: readonly SignInProfile[];
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
}

export interface SignInState {
  readonly host: string;
  readonly user: string;
  /** Which source gave the credential, in words; never the credential. */
  readonly source: string;
  readonly expiresAt: Date | null;
}

/** Something to pick: `value` goes into a setting. */
export interface Option {
  readonly value: string;
  readonly label: string;
  readonly detail: string;
}

/** What the place offers for `compute` and `cluster`. */
export interface ComputeOptions {
  /** Runtimes with long-term support first, of 15.4 or later before others. */
  readonly runtimes: readonly Option[];
  readonly nodeTypes: readonly Option[];
  readonly clusters: readonly Option[];
}

export const VERDICTS = ['ok', 'missing', 'refused', 'unknown'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** One line of the connection's report. */
export interface CheckRow {
  readonly subject: string;
  readonly verdict: Verdict;
  /** What was found, or why not. Never a secret. */
  readonly detail: string;
  readonly mend: MendingAction | null;
}

/** What a set-up is going to do about one thing. */
export interface SetUpStep {
  readonly title: string;
  /** `there`: looked at, and left alone. */
  readonly action: 'create' | 'update' | 'there';
}

export interface SetUpResult {
  readonly title: string;
  readonly outcome: 'done' | 'unchanged';
}

export interface MigrationLine {
  readonly what: string;
  readonly ok: boolean;
  readonly found: string;
}

/** A flow file of this computer that is to go to the place. */
export interface FlowUpload {
  /** Path below the place's folder of flows, with forward slashes. */
  readonly name: string;
  read(): Promise<Uint8Array>;
}

export interface Administration extends Disposable {
  signIn(signal: AbortSignal): Promise<SignInState>;
  /** Looks at everything that a conversion needs, starts nothing that costs, and changes nothing. */
  check(signal: AbortSignal): Promise<readonly CheckRow[]>;

  warehouses(signal: AbortSignal): Promise<readonly Option[]>;
  catalogs(signal: AbortSignal): Promise<readonly Option[]>;
  schemas(catalog: string, signal: AbortSignal): Promise<readonly Option[]>;
  volumes(catalog: string, schema: string, signal: AbortSignal): Promise<readonly Option[]>;
  computeOptions(signal: AbortSignal): Promise<ComputeOptions>;

  /** What `setUp` would do with the settings as they are; sends no statement. */
  planSetUp(signal: AbortSignal): Promise<readonly SetUpStep[]>;
  /** Does it, step by step; may be interrupted and run again. The result names each step. */
  setUp(report: (result: SetUpResult) => void, signal: AbortSignal): Promise<readonly SetUpResult[]>;
  /** Uploads the agents and the converter beside the agent that the settings name. Returns the real agent's path. */
  uploadAgents(report: (done: number, total: number) => void, signal: AbortSignal): Promise<string>;
  /** Makes history of what an earlier system recorded. Returns its closing verification. */
  migrate(report: (statement: number, of: number) => void, signal: AbortSignal): Promise<readonly MigrationLine[]>;
  /** Which of these files, by their names, lie in the place's folder of flows already. */
  filesThere(names: readonly string[], signal: AbortSignal): Promise<readonly string[]>;
  /** Copies files into the place's folder of flows, over those of the same name, and registers the flows in them. */
  registerFiles(
    files: readonly FlowUpload[],
    report: (done: number, total: number) => void,
    signal: AbortSignal,
  ): Promise<PopulateResult>;
}
