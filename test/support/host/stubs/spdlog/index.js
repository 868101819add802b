'use strict';

/** VS Code's native log writer as plain JavaScript, so that the test host needs no compiler. Same exports, no rotation. */
const { appendFileSync, mkdirSync } = require('node:fs');
const { dirname } = require('node:path');

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'critical'];

class Logger {
  constructor(file) {
    this.file = file;
    this.level = LEVELS.indexOf('info');
    this.formatted = true;
    mkdirSync(dirname(file), { recursive: true });
    this.append('');
  }

  append(text) {
    try {
      appendFileSync(this.file, text);
    } catch {
      // The host's folder is being removed: nobody will read this log.
    }
  }

  log(level, message) {
    if (level >= this.level) {
      this.append(this.formatted ? `${new Date().toISOString()} [${LEVELS[level]}] ${message}\n` : message);
    }
  }

  getLevel() {
    return this.level;
  }

  setLevel(level) {
    this.level = level;
  }

  setPattern() {
    this.formatted = false;
  }

  clearFormatters() {
    this.formatted = false;
  }

  flush() {}

  drop() {}
}

LEVELS.forEach((name, level) => {
  Logger.prototype[name] = function write(message) {
    this.log(level, message);
  };
});

const create = (_name, file) => Promise.resolve(new Logger(file));

// One assignment each: VS Code imports this as an ES module, which sees only such names.
exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.createRotatingLogger = create;
exports.createAsyncRotatingLogger = create;
exports.Logger = class extends Logger {
  constructor(_type, _name, file) {
    super(file);
  }
};
