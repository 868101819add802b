'use strict';

/** The native module ends an extension host whose server has died; a poll of the server's pid does the same. */
function start(serverPid) {
  const timer = setInterval(() => {
    try {
      process.kill(serverPid, 0);
    } catch {
      process.exit(1);
    }
  }, 2000);
  timer.unref();
}

exports.start = start;
exports.exit = (code = 0) => process.exit(code);
