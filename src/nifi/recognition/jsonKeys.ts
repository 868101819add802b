/** What a stream of JSON text says at a few places, without building the document. */
import { Tokenizer, TokenType } from '@streamparser/json';

export type JsonPath = readonly (string | number)[];

interface Open {
  /** The pending key of an object, the index in a list. */
  at: string | number;
  readonly list: boolean;
  expectsKey: boolean;
}

export interface JsonVisitor {
  /** A string value; the path ends in its key. */
  string?: (path: JsonPath, value: string) => void;
  /** An object or list begins; the path is its own, empty for the document. */
  open?: (path: JsonPath) => void;
}

/** Feeds on pieces of text. Paths deeper than `depth` are not reported. */
export class JsonKeys {
  private readonly tokenizer = new Tokenizer();
  private readonly stack: Open[] = [];

  constructor(
    private readonly visitor: JsonVisitor,
    private readonly depth: number,
  ) {
    this.tokenizer.onToken = ({ token, value }) => this.take(token, value);
  }

  /** @throws TokenizerError where the text is no JSON */
  write(text: string): void {
    this.tokenizer.write(text);
  }

  private take(token: TokenType, value: unknown): void {
    const top = this.stack.at(-1);
    switch (token) {
      case TokenType.LEFT_BRACE:
      case TokenType.LEFT_BRACKET: {
        if (this.stack.length <= this.depth) this.visitor.open?.(this.path());
        const list = token === TokenType.LEFT_BRACKET;
        this.stack.push({ at: list ? 0 : '', list, expectsKey: !list });
        return;
      }
      case TokenType.RIGHT_BRACE:
      case TokenType.RIGHT_BRACKET:
        this.stack.pop();
        return;
      case TokenType.COMMA:
        if (top === undefined) return;
        if (typeof top.at === 'number') top.at += 1;
        else top.expectsKey = true;
        return;
      case TokenType.STRING:
        if (top === undefined || typeof value !== 'string') return;
        if (top.expectsKey) {
          top.at = value;
          top.expectsKey = false;
        } else if (this.stack.length <= this.depth) {
          this.visitor.string?.(this.path(), value);
        }
        return;
      default:
        return;
    }
  }

  private path(): JsonPath {
    return this.stack.map((open) => open.at);
  }
}
