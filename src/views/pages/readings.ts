/** Changes come in bursts while many run: what asks for a reading during one is answered by one more after it. */
export class Readings {
  private running: Promise<void> | null = null;
  private wanted = false;

  /** @param gone aborted when nobody needs a further reading */
  constructor(private readonly gone: AbortSignal) {}

  /**
   * Ends and rejects with the reading; a call during one does so with that one, before the further reading.
   *
   * @param again what reads for those who asked during a reading
   */
  async run(read: () => Promise<void>, again: () => Promise<void> = read): Promise<void> {
    if (this.running !== null) {
      this.wanted = true;
      return this.running;
    }
    this.running = read().finally(() => {
      this.running = null;
    });
    await this.running;
    if (this.wanted && !this.gone.aborted) {
      this.wanted = false;
      await this.run(again);
    }
  }
}
