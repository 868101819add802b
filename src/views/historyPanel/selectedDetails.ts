import type { AttemptView } from '../../flows/flowsModel';
import type { NotebookStore } from '../../flows/notebookStore';
import type { AttemptList } from './attemptList';
import { readCoverage } from './coverage';
import type { CoverageState, DetailsState } from './protocol';
import { detailsState, goesOn } from './state';

/** The selected attempt's details: sent at once, and again when its report has been read. The same is sent once. */
export class SelectedDetails {
  private readonly coverage = new Map<string, CoverageState | null>();
  private selected: string | null = null;
  private sent = '';

  constructor(
    private readonly list: AttemptList,
    private readonly post: (details: DetailsState) => void,
    private readonly gone: AbortSignal,
  ) {}

  select(attemptId: string): void {
    this.selected = attemptId;
    this.sent = '';
  }

  /** The page is a new one: it has nothing of what was sent. */
  newPage(): void {
    this.sent = '';
  }

  /** What was read belongs to another place. */
  forget(): void {
    this.coverage.clear();
    this.sent = '';
  }

  of(attempt: AttemptView): DetailsState {
    return detailsState(attempt, this.list.all, this.coverage.get(attempt.attemptId) ?? null);
  }

  /** @param notebooks where the report lies; undefined while no session is open */
  async send(notebooks: NotebookStore | undefined): Promise<void> {
    const attempt = this.selected === null ? undefined : this.list.find(this.selected);
    if (attempt === undefined) {
      return;
    }
    this.postNew(attempt);
    const { attemptId } = attempt;
    if (notebooks === undefined || goesOn(attempt) || this.coverage.has(attemptId)) {
      return;
    }
    const coverage = await readCoverage(notebooks, attempt, this.gone);
    this.coverage.set(attemptId, coverage);
    if (coverage !== null && this.selected === attemptId) {
      this.postNew(attempt);
    }
  }

  private postNew(attempt: AttemptView): void {
    const details = this.of(attempt);
    const text = JSON.stringify(details);
    if (text !== this.sent) {
      this.sent = text;
      this.post(details);
    }
  }
}
