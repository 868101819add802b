/** The page's two live regions: what happened (polite), and the failure of what the user just pressed (assertive). */
import { element } from './dom';

export class Announcer {
  private readonly polite = element('div', { class: 'spoken', attributes: { role: 'status' } });
  private readonly assertive = element('div', { class: 'spoken', attributes: { role: 'alert' } });

  constructor(parent: HTMLElement) {
    parent.append(this.polite, this.assertive);
  }

  say(text: string): void {
    write(this.polite, text);
  }

  alert(text: string): void {
    write(this.assertive, text);
  }
}

/** A repeated text is written with another ending, or nothing would be heard. */
function write(region: HTMLElement, text: string): void {
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}
