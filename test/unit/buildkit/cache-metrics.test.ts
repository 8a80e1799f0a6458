import { describe, expect, it } from 'vitest';
import { parseCacheMetrics } from '../../../src/buildkit/cache-metrics.ts';

/** As BuildKit v0.32.2 wrote them. */
const FOUR_MISSES = `cache miss: [stage-1 2/3] COPY --from=build /bin/busybox /opt/bb
cache miss: [build 2/3] RUN echo "hello 1.2.3" && echo "to stderr" >&2 && for i in 1 2 3; do echo "step $i"; sleep 0.3; done
cache miss: [build 3/3] RUN --mount=type=secret,id=tok echo "secret length: $(wc -c < /run/secrets/tok)"
cache miss: [stage-1 3/3] COPY main.txt /app/main.txt
{"total":10,"completed":10,"user_total":5,"user_cached":0,"user_completed":5,"user_cacheable":4,"from":1,"miss":4,"client_duration_ms":1297}
`;
const IMPORT_HIT = `cache miss: [stage-1 3/3] COPY main.txt /app/main.txt
{"total":12,"completed":12,"user_total":5,"user_cached":3,"user_completed":5,"user_cacheable":4,"from":1,"miss":1,"client_duration_ms":304}
`;
const ALL_CACHED = `{"total":10,"completed":10,"user_total":5,"user_cached":4,"user_completed":5,"user_cacheable":4,"from":1,"miss":0,"client_duration_ms":60}
`;
const FAILED_BUILD = `cache miss: [3/3] RUN echo before &&     echo "about to fail" >&2 &&     exit 42
cache miss: [2/3] WORKDIR /w
{"total":6,"completed":6,"user_total":3,"user_cached":1,"user_completed":3,"user_cacheable":2,"from":1,"miss":2,"client_duration_ms":102}
`;
const SYNTAX_ERROR = `{"total":1,"completed":1,"user_total":0,"user_cached":0,"user_completed":0,"user_cacheable":0,"from":0,"miss":0,"client_duration_ms":19}
`;

describe('what came from the cache', () => {
  it.each([
    ['nothing', FOUR_MISSES, 0, 4],
    ['all but one', IMPORT_HIT, 3, 4],
    ['everything', ALL_CACHED, 4, 4],
    ['nothing but the base image', FAILED_BUILD, 0, 2],
    ['no steps', SYNTAX_ERROR, 0, 0],
    ['several JSON lines, of which the last counts', ALL_CACHED + IMPORT_HIT, 3, 4],
    ['CRLF', IMPORT_HIT.replaceAll('\n', '\r\n'), 3, 4],
  ])('is %s', (_, text, cached, cacheable) => {
    expect(parseCacheMetrics(text)).toEqual({ cached, cacheable });
  });

  it.each([
    ['no file', ''],
    ['blank lines', '\n\n'],
    ['misses without the JSON', 'cache miss: [2/3] WORKDIR /w\n'],
    ['half of the JSON', '{"total":10,"user_cacheable":4,"mi'],
    ['another JSON', '{"total":10}\n'],
    ['only one of the numbers', '{"user_cacheable":4}'],
    ['numbers as texts', '{"user_cacheable":"4","miss":"1"}'],
    ['null', 'null'],
  ])('is not known from %s', (_, text) => {
    expect(parseCacheMetrics(text)).toBeUndefined();
  });
});
