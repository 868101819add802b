/** What every page does first: it listens to its host, and shows what the host could not do. */
import { vscodeApi } from '../vscodeApi';
import { Announcer } from './announcer';
import { element, Part } from './dom';
import { notice } from './notice';

export class Host<PageMessage extends { readonly type: string }> {
  private readonly api = vscodeApi();
  readonly announcer = new Announcer(document.body);
  private readonly refusal = new Part<string | null>(element('div', { class: 'refused' }), (message) =>
    message === null
      ? []
      : [notice({ tone: 'bad', icon: 'error', title: 'That was not done.', text: message, button: null })],
  );

  constructor() {
    this.refusal.update(null);
  }

  /** Where the page shows what could not be done. */
  get refused(): HTMLElement {
    return this.refusal.host;
  }

  /** Takes what the host sends, as far as the page understands it. */
  listen<HostMessage>(parse: (value: unknown) => HostMessage | null, receive: (message: HostMessage) => void): void {
    window.addEventListener('message', (event: MessageEvent<unknown>) => {
      const message = parse(event.data);
      if (message !== null) {
        receive(message);
      }
    });
  }

  send(message: PageMessage): void {
    this.refusal.update(null);
    this.api.postMessage(message);
  }

  /** Says that what the user just pressed did not work. */
  refuse(message: string): void {
    this.announcer.alert(message);
    this.refusal.update(message);
  }

  get saved(): unknown {
    return this.api.getState();
  }

  keep(state: unknown): void {
    this.api.setState(state);
  }
}
