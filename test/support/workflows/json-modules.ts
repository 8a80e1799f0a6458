import { registerHooks } from 'node:module';

/**
 * Runs before each file of tests: GitHub's parser imports its schemas without saying that they are JSON, which bundlers
 * understand and Node refuses.
 */
registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
});
