'use strict';

// Telemetry is off in tests; the server only wants some id.
exports.getDeviceId = () => Promise.resolve('test-host');
