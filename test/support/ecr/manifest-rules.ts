import { at, parseJson, textAt } from '../../../src/json.ts';
import { RegistryRefusal } from './errors.ts';

/**
 * Refuses the forms of manifests that ECR is reported to refuse. The statuses are from the reports; ECR's own texts are
 * not known for all of them.
 * @throws RegistryRefusal
 */
export function refuseForms(body: Buffer): void {
  const manifest = jsonOf(body);
  const configType = textAt(manifest, 'config', 'mediaType');
  const children = entriesOf(manifest, 'manifests');
  if (children.some((child) => textAt(child, 'mediaType') === CACHE_CONFIG)) {
    // aws/containers-roadmap#876: a cache has to be exported with image-manifest=true.
    throw new RegistryRefusal(400, 'MANIFEST_INVALID', 'The manifest list refers to something other than manifests.');
  }
  if (configType === CACHE_CONFIG && entriesOf(manifest, 'layers').length === 0) {
    // A comment there: so is a cache in which nothing is.
    throw new RegistryRefusal(405, 'UNSUPPORTED', 'The operation is unsupported.');
  }
  if (textAt(manifest, 'config', 'data') !== undefined) {
    // moby/buildkit#5747 and aws/containers-roadmap#2783: attestations in the form of OCI artifacts.
    const text = "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'";
    throw new RegistryRefusal(405, 'UNSUPPORTED', text);
  }
}

/** The media type of the configuration of a cache that BuildKit exports. */
const CACHE_CONFIG = 'application/vnd.buildkit.cacheconfig.v0';

function jsonOf(body: Buffer): unknown {
  try {
    return parseJson(body.toString());
  } catch {
    throw new RegistryRefusal(400, 'MANIFEST_INVALID', 'The manifest is not valid JSON.');
  }
}

function entriesOf(manifest: unknown, key: string): readonly unknown[] {
  const entries = at(manifest, key);
  return Array.isArray(entries) ? entries : [];
}
