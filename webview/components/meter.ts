/** A progress bar with its figure. What is not known has an empty track and no figure, never 0. */
import { element, setAttribute, setText } from './dom';

export class Meter {
  readonly host: HTMLElement;
  private readonly bar = element('span', { class: 'meter-bar' });
  private readonly figure = element('span', { class: 'meter-figure figures' });

  constructor(label: string) {
    this.host = element(
      'span',
      {
        class: 'meter',
        attributes: { role: 'progressbar', 'aria-label': label, 'aria-valuemin': '0', 'aria-valuemax': '100' },
      },
      element('span', { class: 'meter-track' }, this.bar),
      this.figure,
    );
  }

  /** @param live whether it still moves: then it has the progress colour. */
  update(percentage: number | null, live: boolean): void {
    this.host.classList.toggle('meter-live', live);
    setAttribute(this.host, 'aria-valuenow', percentage === null ? null : String(percentage));
    setAttribute(this.host, 'aria-valuetext', percentage === null ? 'not known' : `${percentage} percent`);
    const width = `${percentage ?? 0}%`;
    if (this.bar.style.getPropertyValue('width') !== width) {
      this.bar.style.setProperty('width', width);
    }
    setText(this.figure, percentage === null ? '' : `${percentage}%`);
  }
}
