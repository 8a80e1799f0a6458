import { describe, expect, it } from 'vitest';
import { parseExporter } from '../../../src/plan/exporters.ts';
import { problemOf } from '../failures.ts';

describe('an exporter', () => {
  it.each([
    ['type=oci,dest=image.tar', { type: 'oci', dest: 'image.tar' }],
    ['type=docker,dest=image.tar,name=a:b', { type: 'docker', dest: 'image.tar', name: 'a:b' }],
    ['type=local,dest=out', { type: 'local', dest: 'out' }],
    ['type=tar,"dest=a,b.tar"', { type: 'tar', dest: 'a,b.tar' }],
    ['TYPE=oci,DEST=Image.tar,Tar=false', { type: 'oci', dest: 'Image.tar', tar: 'false' }],
    ['type=image,name=a.example/b:c,push=true', { type: 'image', name: 'a.example/b:c', push: 'true' }],
    ['type=image', { type: 'image' }],
  ])('%s', (entry, attributes) => {
    expect(Object.fromEntries(parseExporter(entry))).toEqual(attributes);
  });

  it.each([
    ['type=oci', 'outputs: an entry cannot be read: type=oci has no dest, the path that it writes to.'],
    ['type=docker,dest=', 'outputs: an entry cannot be read: type=docker has no dest, the path that it writes to.'],
    ['type=tar,dest=-', 'outputs: an entry cannot be read: type=tar has no dest, the path that it writes to.'],
    ['type=local,name=x', 'outputs: an entry cannot be read: type=local has no dest, the path that it writes to.'],
    ['dest=image.tar', 'outputs: an entry cannot be read: it has no type.'],
    ['image.tar', 'outputs: an entry cannot be read: "image.tar" has no value.'],
    [
      'type=image, push=true',
      'outputs: an entry cannot be read: there is a blank around "push", which BuildKit would not understand.',
    ],
    ['type=oci,dest="a,b"', 'outputs: an entry cannot be read: its quotes do not fit.'],
    ['type=registry,ref=a', 'outputs: there is no exporter "registry".'],
    ['type=OCI,dest=a', 'outputs: there is no exporter "OCI".'],
    ['type= oci,dest=a', 'outputs: there is no exporter " oci".'],
    ['type=,dest=a', 'outputs: there is no exporter "".'],
  ])('is not %j', async (entry, message) => {
    const problem = await problemOf(() => parseExporter(entry));
    expect([problem.code, problem.message]).toEqual(['exporter-malformed', message]);
  });
});
