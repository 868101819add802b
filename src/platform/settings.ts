/**
 * The settings, typed. Defaults stand in the manifest and nowhere else; what a person typed is parsed here once, and a
 * value that does not fit is named instead of being replaced in silence.
 */
import { workspace } from 'vscode';
import * as z from 'zod/mini';
import { AcceleratorError } from '../flows/errors';
import { Emitter } from '../flows/event';
import type { Disposable } from '../flows/event';
import { WORKSPACE_KINDS } from '../flows/workspace';
import { SETTINGS, SETTINGS_SECTION } from './contributions';
import type { SettingName } from './contributions';

const text = z.pipe(
  z.string(),
  z.transform((value: string) => value.trim()),
);

export const COMPUTE_KINDS = ['serverless', 'jobCluster', 'existingCluster'] as const;
export const NOTIFICATION_LEVELS = ['all', 'failures', 'off'] as const;
export const DIAGNOSTIC_SEVERITIES = ['error', 'warning', 'information', 'hint', 'off'] as const;

const SCHEMAS = {
  runsOn: z.enum(WORKSPACE_KINDS),
  host: text,
  profile: text,
  warehouseHttpPath: text,
  catalog: text,
  schema: text,
  flowsTable: text,
  historyTable: text,
  volumePath: text,
  outputPath: text,
  agentNotebookPath: text,
  localAgentPath: text,
  compute: z.enum(COMPUTE_KINDS),
  cluster: z.record(z.string(), z.unknown()),
  jobPermissions: z.array(z.record(z.string(), z.string())),
  emailOwner: z.boolean(),
  bulkParallelism: z.int().check(z.gte(1), z.lte(64)),
  localMaxRuns: z.int().check(z.gte(1), z.lte(64)),
  keepLatestJobs: z.int().check(z.gte(1), z.lte(1000)),
  notifications: z.enum(NOTIFICATION_LEVELS),
  diagnosticSeverity: z.record(z.string(), z.enum(DIAGNOSTIC_SEVERITIES)),
  pythonPath: text,
} as const satisfies Readonly<Record<SettingName, z.ZodMiniType>>;

export type SettingValue<N extends SettingName> = z.output<(typeof SCHEMAS)[N]>;

/** A change of settings: which ones have another value now. */
export interface SettingsChange {
  readonly names: ReadonlySet<SettingName>;
}

export class Settings implements Disposable {
  private readonly changes = new Emitter<SettingsChange>();
  private readonly subscription = workspace.onDidChangeConfiguration((event) => {
    const names = SETTINGS.filter((name) => event.affectsConfiguration(`${SETTINGS_SECTION}.${name}`));
    if (names.length > 0) {
      this.changes.fire({ names: new Set(names) });
    }
  });

  readonly onDidChange = this.changes.event;

  /** The value that holds now. Throws `badSetting` where it does not fit. */
  get<N extends SettingName>(name: N): SettingValue<N> {
    const raw: unknown = workspace.getConfiguration(SETTINGS_SECTION).get(name);
    const parsed = z.safeParse<z.ZodMiniType>(SCHEMAS[name], raw);
    if (!parsed.success) {
      throw new AcceleratorError(
        'badSetting',
        `The setting ${SETTINGS_SECTION}.${name} does not hold a value that fits: ${z.prettifyError(parsed.error)}`,
        { mend: 'openSettings', details: { setting: `${SETTINGS_SECTION}.${name}` } },
      );
    }
    // The schema of this very name made the value.
    return parsed.data as SettingValue<N>;
  }

  dispose(): void {
    this.subscription.dispose();
    this.changes.dispose();
  }
}
