/** How levels, types and findings are put into words in the editor. */
import { l10n } from 'vscode';
import type { Level } from '../nifi/levels';

export function levelLabel(level: Level): string {
  switch (level) {
    case 'converted':
      return l10n.t('converted');
    case 'assisted':
      return l10n.t('assisted');
    case 'manual':
      return l10n.t('manual');
    case 'not_needed':
      return l10n.t('not needed');
  }
}

/** What a level asks of a person. */
export function levelMeaning(level: Level): string {
  switch (level) {
    case 'converted':
      return l10n.t('Runs as it is.');
    case 'assisted':
      return l10n.t('Runs after the named gap is filled.');
    case 'manual':
      return l10n.t('Has no counterpart in Spark: the notebook explains it and keeps its input in a table.');
    case 'not_needed':
      return l10n.t('Disappears for a stated reason.');
  }
}

/** Codicon of a level, for lenses and lists. */
export const LEVEL_ICONS: Readonly<Record<Level, string>> = {
  converted: 'pass',
  assisted: 'tools',
  manual: 'warning',
  not_needed: 'circle-slash',
};

/** NiFi's names of value types in plain words. */
export function typeLabel(type: string): string {
  switch (type) {
    case 'STRING':
      return l10n.t('text');
    case 'BOOLEAN':
      return l10n.t('true or false');
    case 'WHOLE_NUMBER':
      return l10n.t('whole number');
    case 'DECIMAL':
    case 'NUMBER':
      return l10n.t('number');
    case 'DATE':
      return l10n.t('date and time (milliseconds)');
    case 'INSTANT':
      return l10n.t('date and time (nanoseconds)');
    case 'ANY':
      return l10n.t('any value');
    default:
      return type;
  }
}
