import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { bundleToJSON } from '@sigstore/bundle';
import {
  fulcioHandler,
  initializeCA,
  initializeCTLog,
  initializeTLog,
  initializeTSA,
  rekorHandler,
  tsaHandler,
} from '@sigstore/mock';
import { DSSEBundleBuilder, FulcioSigner, RekorWitness, TSAWitness } from '@sigstore/sign';
import { textAt } from '../../src/json.ts';
import { listen, stop } from './listen.ts';

/**
 * Sigstore's services on loopback with keys of their own: certificate authority with a log of certificates, transparency log and
 * timestamp authority. What they sign is signed in fact, and verifies against their trusted root only.
 */
export interface Sigstore {
  /** Their trusted root, as JSON. */
  readonly trustedRoot: Readonly<
    Record<'tlogs' | 'ctlogs' | 'certificateAuthorities' | 'timestampAuthorities', unknown>
  >;
  /** A bundle over an in-toto statement, made as the releases of BuildKit are signed. Source: docker/actions-toolkit, `sigstore.ts`. */
  sign(statement: unknown, identity: Identity): Promise<unknown>;
  close(): Promise<void>;
}

/** What the OIDC token of a job says, from which the certificate is made. */
export interface Identity {
  /** Address of the workflow that signs, with `@` and what it was called by. */
  readonly workflow: string;
  readonly issuer: string;
  /** `owner/name` of the repository whose workflow runs. */
  readonly repository: string;
  readonly ref: string;
}

/**
 * Its clocks stand still a moment from now, in whole seconds: its own certificates begin to be valid when they are made.
 * @param options.certificatesAge for how long the certificates of signers are valid already, of ten minutes, in milliseconds; 0 by default
 */
export async function startSigstore(options: { readonly certificatesAge?: number } = {}): Promise<Sigstore> {
  const now = new Date(Math.ceil(Date.now() / 1000 + 1) * 1000);
  const keys = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
  const [caKeys, tsaKeys, ctKeys, logKeys] = [keys('P-384'), keys('P-384'), keys('P-256'), keys('P-256')];
  const ctLog = await initializeCTLog(ctKeys, now);
  const ca = await initializeCA(caKeys, ctLog, new Date(now.getTime() - (options.certificatesAge ?? 0)));
  const tsa = await initializeTSA(tsaKeys, now);
  // The log's name in what it signs is its host, and its key needs no address.
  const log = await initializeTLog('http://log.test', logKeys, now);
  const handlers = [
    fulcioHandler(ca),
    tsaHandler(tsa),
    rekorHandler({ ...log, log: (entry) => log.log(storedOf(entry)) }),
  ];
  const server = createServer(async (request, response) => {
    const handler = handlers.find(({ path }) => path === request.url);
    const answer = await handler?.fn(await text(request));
    // A connection that is kept may be closed here at the moment when the client takes it again.
    const headers = { 'content-type': answer?.contentType ?? 'text/plain', connection: 'close' };
    response.writeHead(answer?.statusCode ?? 404, headers);
    response.end(answer?.response);
  });
  const url = `http://127.0.0.1:${await listen(server, { address: '127.0.0.1', port: 0 })}`;
  return {
    trustedRoot: {
      tlogs: [logOf(logKeys.publicKey)],
      ctlogs: [logOf(ctKeys.publicKey)],
      certificateAuthorities: [authorityOf([ca.rootCertificate])],
      timestampAuthorities: [authorityOf([tsa.intCertificate, tsa.rootCertificate])],
    },
    sign: async (statement, identity) => {
      const builder = new DSSEBundleBuilder({
        signer: new FulcioSigner({ fulcioBaseURL: url, identityProvider: { getToken: async () => tokenOf(identity) } }),
        witnesses: [new RekorWitness({ rekorBaseURL: url, entryType: 'dsse' }), new TSAWitness({ tsaBaseURL: url })],
      });
      const data = Buffer.from(JSON.stringify(statement));
      return bundleToJSON(await builder.create({ data, type: 'application/vnd.in-toto+json' }));
    },
    close: () => stop(server),
  };
}

const VALID_FOR = { start: '2020-01-01T00:00:00Z' } as const;

/** A log, by the hash of its key. */
function logOf(key: KeyObject) {
  const rawBytes = key.export({ format: 'der', type: 'spki' });
  return {
    baseUrl: 'http://log.test',
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: rawBytes.toString('base64'), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor: VALID_FOR },
    logId: { keyId: createHash('sha256').update(rawBytes).digest('base64') },
  };
}

/** @param chain certificates in DER, the root last */
function authorityOf(chain: readonly ArrayBufferView[]) {
  const certificates = chain.map(({ buffer, byteOffset, byteLength }) => ({
    rawBytes: Buffer.from(buffer, byteOffset, byteLength).toString('base64'),
  }));
  return { subject: { organization: 'test', commonName: 'test' }, certChain: { certificates }, validFor: VALID_FOR };
}

/** What Rekor keeps of an entry of the kind `dsse`: hashes in place of the envelope. Source: Rekor, `pkg/types/dsse/v0.0.1`. */
function storedOf(entry: object): object {
  const envelope = textAt(entry, 'spec', 'proposedContent', 'envelope') ?? '';
  const { payload, signatures }: { payload: string; signatures: { sig: string }[] } = JSON.parse(envelope);
  const hashOf = (data: Buffer) => ({ algorithm: 'sha256', value: createHash('sha256').update(data).digest('hex') });
  const spec = {
    envelopeHash: hashOf(Buffer.from(envelope)),
    payloadHash: hashOf(Buffer.from(payload, 'base64')),
    signatures: signatures.map(({ sig }) => ({
      signature: sig,
      verifier: textAt(entry, 'spec', 'proposedContent', 'verifiers', '0'),
    })),
  };
  return { ...entry, spec };
}

/** A JWT, which nobody's key has signed: the authority of the tests believes it. */
function tokenOf({ workflow, issuer, repository, ref }: Identity): string {
  const claims = {
    sub: workflow,
    iss: issuer,
    aud: 'sigstore',
    repository,
    ref,
    sha: 'c'.repeat(40),
    run_id: '7',
    run_attempt: '1',
  };
  const parts = [{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return [...parts, 'x'].join('.');
}
