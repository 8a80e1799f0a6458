import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { cacheExportProblem } from '../../../src/buildkit/errors.ts';

const REFUSED =
  'error writing layer blob: failed to do request: Head "http://127.0.0.1:5999/v2/x/blobs/sha256:5ec2c9b2bdc30fd3f5527b612612895c7d7857abec02479f85feddc279640603": dial tcp 127.0.0.1:5999: connect: connection refused';

/** As BuildKit v0.32.2 printed it with `ignore-error=true`; the names of digests are shortened. */
const IGNORED = `#4 [1/1] COPY main.txt /main.txt
#4 CACHED

#5 exporting cache to registry
#5 preparing build cache for export done
#5 sending cache export done
#5 writing layer sha256:5ec2 done
#5 ERROR: ${REFUSED}

#6 exporting to image
#6 exporting layers done
#6 pushing manifest for 127.0.0.1:5000/app:cetrue@sha256:0632 done
#6 DONE 0.0s
------
 > exporting cache to registry:
------
`;
const MISSED = `#4 importing cache manifest from 127.0.0.1:5000/app:buildcache
#4 ERROR: failed to configure registry cache importer: 127.0.0.1:5000/app:buildcache: not found

#12 exporting cache to registry
#12 preparing build cache for export 0.0s done
#12 writing cache image manifest sha256:86bf done
#12 DONE 0.1s
------
 > importing cache manifest from 127.0.0.1:5000/app:buildcache:
------
`;

/** A build whose step of this name failed. */
function failing(name: string): string {
  return `#31 ${name}\n#31 preparing build cache for export 600.3s done\n#31 ERROR: maximum timeout reached\n`;
}

describe('an export of the cache that failed', () => {
  it('is told of', () => {
    expect(cacheExportProblem(IGNORED)).toBe(REFUSED);
  });

  it('is told of with CRLF', () => {
    expect(cacheExportProblem(IGNORED.replaceAll('\n', '\r\n'))).toBe(REFUSED);
  });

  it('is told of as it was captured', async () => {
    const name = new URL('../../fixtures/buildkit/stderr/cache-export-failed.txt', import.meta.url);
    expect(cacheExportProblem(await readFile(name, 'utf8'))).toBe(REFUSED);
  });

  it.each([
    'exporting cache to registry',
    'exporting cache to client directory',
    'exporting cache to Amazon S3',
    'exporting cache to Azure Blob Storage',
    'exporting to GitHub Actions Cache',
  ])('may be called: %s', (name) => {
    expect(cacheExportProblem(failing(name))).toBe('maximum timeout reached');
  });

  it('may be the second of two', () => {
    const done = '#1 exporting cache to registry\n#1 DONE 0.1s\n';
    expect(cacheExportProblem(done + failing('exporting to GitHub Actions Cache'))).toBe('maximum timeout reached');
  });
});

describe('no export of the cache failed', () => {
  it.each([
    ['where there was none', '#1 [internal] load build definition\n#1 DONE 0.0s\n'],
    ['where only an import did', MISSED],
    ['where the image did', failing('exporting to image')],
    ['where a step prints it', '#7 0.05 #8 exporting cache to registry\n#8 0.05 #8 ERROR: fake\n'],
    ['where another step did', '#1 exporting cache to registry\n#1 DONE 0.1s\n#11 ERROR: fake\n'],
    ['in nothing', ''],
  ])('%s', (_, output) => {
    expect(cacheExportProblem(output)).toBeUndefined();
  });
});
