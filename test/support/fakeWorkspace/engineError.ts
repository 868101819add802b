/** A statement's failure as the warehouse tells it. */
export class EngineError extends Error {
  constructor(
    message: string,
    readonly condition: string | null,
    readonly sqlState: string | null,
  ) {
    super(message);
  }
}
