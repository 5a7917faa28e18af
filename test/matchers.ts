import '../engine/check/vitest.js';
