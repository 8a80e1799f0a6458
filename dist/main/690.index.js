export const id = 690;
export const ids = [690];
export const modules = {

/***/ 5422:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  N: () => (/* binding */ explainAwsError),
  f: () => (/* binding */ requestOf)
});

// EXTERNAL MODULE: ./lib/failure.js
var failure = __webpack_require__(1957);
// EXTERNAL MODULE: ./lib/json.js
var json = __webpack_require__(6413);
;// CONCATENATED MODULE: ./lib/aws/denials.js
/**
 * What is denied may be a step before what was asked for, such as sts:AssumeRole of a profile. AWS names action and resource.
 * Source: IAM user guide, "Troubleshoot access denied error messages".
 */
function explainDenial({ said, call }) {
    const { region, source } = call;
    const { action = call.action, resource } = /not authorized to perform: (?<action>[\w-]+:\w+)(?:.*? on resource: (?<resource>[^\s,]+))?/is.exec(said)?.groups ??
        {};
    return {
        code: 'ecr-denied',
        message: `AWS in ${region} does not allow ${action} for ${source}: ${said}`,
        hint: hintOf(action, { resource, said }),
    };
}
function hintOf(action, { resource, said }) {
    if (/explicit deny/i.test(said)) {
        return `A policy denies ${action} with an explicit Deny, which no Allow can undo: find it, also among service control policies, permissions boundaries and endpoint policies.`;
    }
    if (action === 'ecr:GetAuthorizationToken') {
        return 'Allow ecr:GetAuthorizationToken on Resource "*": it cannot be limited to a repository.';
    }
    if (action === 'ecr-public:GetAuthorizationToken' || action === 'sts:GetServiceBearerToken') {
        return 'Allow both ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken on Resource "*".';
    }
    if (action.startsWith('sts:AssumeRole')) {
        return `Allow ${action} in the policy of this identity, and the identity in the trust policy of the role, with awsExternalId where that asks for one.${resource === undefined ? '' : `\n${statement(action, resource)}`}`;
    }
    if (resource === undefined) {
        return `Allow ${action} in the policy of this identity.`;
    }
    return `Allow it in the policy of this identity, and, for a repository of another account, in the policy of the repository, too:\n${statement(action, resource)}`;
}
/** Ready to be put into a policy. */
function statement(action, resource) {
    return JSON.stringify({ Effect: 'Allow', Action: action, Resource: resource });
}

;// CONCATENATED MODULE: ./lib/aws/no-answer.js
/** Explains what did not come from AWS at all. @returns undefined for what did */
function explainNoAnswer(error) {
    return unreadable(error) ?? unreachable(error) ?? unusable(error);
}
/** An answer that is none of the API: of a proxy, or of a page that wants a login. */
function unreadable({ name, said, status, call: { action, region } }) {
    if (status === undefined || !(/Deserialization error/.test(said) || /^Unknown/.test(name))) {
        return undefined;
    }
    return {
        code: 'ecr-unreadable',
        message: `What came back to ${action} in ${region}, with HTTP status ${status}, is no answer of AWS.`,
        hint: status === 407
            ? 'The proxy wants a login: put user and password into HTTPS_PROXY, or the host into NO_PROXY.'
            : 'A proxy or a login page answers in the place of AWS: look at HTTPS_PROXY, NO_PROXY and AWS_ENDPOINT_URL. If there is none, run the job again.',
    };
}
const NETWORK_CODES = /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|CERT_\w+|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_\w+|ERR_TLS_\w+)$/;
function unreachable({ networkCode = '', said, viaProxy, call }) {
    if (!NETWORK_CODES.test(networkCode)) {
        return undefined;
    }
    const { action, region } = call;
    const endpoint = action.startsWith('sts:') ? 'sts' : 'ecr.api';
    return {
        code: 'ecr-unreachable',
        message: `${action.startsWith('sts:') ? 'AWS STS' : 'ECR'} in ${region} cannot be reached${viaProxy ? ' through the proxy' : ''}: ${said}`,
        hint: /^(?:CERT|SELF|DEPTH|UNABLE|ERR_TLS)/.test(networkCode)
            ? 'Something between this runner and AWS shows a certificate that Node does not know: set NODE_EXTRA_CA_CERTS to that of your proxy.'
            : viaProxy
                ? 'Look at the proxy that HTTPS_PROXY names. Hosts that are reached without it belong into NO_PROXY.'
                : networkCode === 'ENOTFOUND'
                    ? `Check the spelling of awsRegion, and that this network resolves AWS names (or has a VPC endpoint for ${endpoint}).`
                    : `Check the network of this runner: firewall, HTTPS_PROXY, VPC endpoint for ${endpoint}, AWS_ENDPOINT_URL.`,
    };
}
/** What the SDK cannot use before it asks anything. */
function unusable({ name, said, networkCode }) {
    if (networkCode === 'ERR_INVALID_URL' || name === 'InvalidEndpoint') {
        return {
            code: 'endpoint-malformed',
            message: 'The address of an AWS API is not one: AWS_ENDPOINT_URL, its form for a service, or endpoint_url of a profile.',
            hint: 'Write it with its scheme, such as https://ecr.example.com, or remove it.',
        };
    }
    if (/^(?:Region is missing|Region not accepted)/.test(said)) {
        return {
            code: 'region-missing',
            message: `awsRegion: no region that AWS has is given: ${said}`,
            hint: 'Set awsRegion, such as ap-northeast-1, or give the host of a registry as imageRegistryPath.',
        };
    }
    if (networkCode === 'ENOENT' || networkCode === 'EACCES') {
        return {
            code: 'credentials-none',
            message: `A file that the credentials name cannot be read: ${said}.`,
            hint: 'Look at AWS_WEB_IDENTITY_TOKEN_FILE, or web_identity_token_file of the profile, and at the mounts of the container.',
        };
    }
    return undefined;
}

;// CONCATENATED MODULE: ./lib/aws/errors.js




/**
 * Turns an error of the SDK into what happened and what to change. AWS says the same of several mistakes;
 * the words stand in the AWS documentation of each service's common errors.
 */
function explainAwsError(error, call) {
    if (error instanceof failure/* Failure */.HR) {
        return error;
    }
    const name = error instanceof Error ? error.name : '';
    const { message, ...rest } = explanationOf({
        name,
        said: (0,failure/* messageOf */.bD)(error),
        status: (0,json/* numberAt */.tk)(error, '$metadata', 'httpStatusCode'),
        attempts: (0,json/* numberAt */.tk)(error, '$metadata', 'attempts') ?? 1,
        networkCode: (0,failure/* codeOf */.$N)(error) ?? (name === 'TimeoutError' ? 'ETIMEDOUT' : undefined),
        viaProxy: (0,json.at)(error, 'viaProxy') === true,
        call,
    });
    return new failure/* Failure */.HR({ ...rest, message: `${message}${requestOf(error)}`, cause: error });
}
/** The number by which AWS finds a request, as the end of a message. */
function requestOf(error) {
    const requestId = (0,json/* textAt */.$6)(error, '$metadata', 'requestId');
    return requestId === undefined ? '' : ` (AWS request ${requestId})`;
}
function explanationOf(error) {
    const { name, said, call } = error;
    const { action, region } = call;
    const explain = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
    return (explain?.(error) ??
        (error.status === 429 ? throttled(error) : undefined) ??
        explainNoAnswer(error) ?? {
        code: 'ecr-failed',
        message: `AWS in ${region} answered to ${action}: ${name}: ${said}`,
        hint: HINTS[name] ?? 'Run the job again; if it stays so, see the AWS documentation of this error.',
    });
}
const BY_NAME = {
    CredentialsProviderError: noCredentials,
    TokenProviderError: noCredentials,
    ExpiredTokenException: expired,
    ExpiredToken: expired,
    RequestExpired: expired,
    UnrecognizedClientException: unknownKey,
    InvalidClientTokenId: unknownKey,
    MissingAuthenticationTokenException: unknownKey,
    IncompleteSignatureException: wrongSecret,
    InvalidSignatureException: wrongSecret,
    SignatureDoesNotMatch: wrongSecret,
    AccessDeniedException: explainDenial,
    AccessDenied: explainDenial,
    ThrottlingException: throttled,
    Throttling: throttled,
    TooManyRequestsException: throttled,
    RequestLimitExceeded: throttled,
    RepositoryNotFoundException: ({ said, call }) => ({
        code: 'repository-missing',
        message: `ECR in ${call.region}: ${said}`,
        hint: 'Create the repository (createRepository: true does), or correct imageShortName, imageRegistryPath or awsRegion.',
    }),
    ImageTagAlreadyExistsException: ({ said, call }) => ({
        code: 'tag-immutable',
        message: `ECR in ${call.region}: ${said}`,
        hint: 'Choose another imageTag, or ifTagExists: skip to keep the image that is there.',
    }),
};
/** What to do about errors whose words say enough of what happened. Source: ECR and STS API references. */
const HINTS = {
    LimitExceededException: 'A quota of ECR is reached: remove what is not needed, or ask for more in Service Quotas.',
    KmsException: 'Allow this identity to use the KMS key of the repository, and look whether the key is enabled.',
    UnsupportedCommandException: 'The API of ECR Public is in us-east-1 only: look at AWS_ENDPOINT_URL_ECR_PUBLIC.',
    InvalidParameterException: 'Correct imageShortName and imageRegistryPath; an account has twelve digits.',
    RegionDisabledException: 'STS is not active in this region: activate it in the account settings of IAM, or use another awsRegion.',
    RegionDisabled: 'STS is not active in this region: activate it in the account settings of IAM, or use another awsRegion.',
};
function noCredentials({ said, call }) {
    return {
        code: 'credentials-none',
        // A program that failed is named with its arguments, which may be secrets.
        message: `No AWS credentials were found in ${call.source}: ${said.replace(/^Command failed:.*$/s, 'the credential_process of the profile failed').replace(/\.$/, '')}.`,
        hint: 'Give a credentials file as awsCredentials, or a role as awsRoleArn in a job with "permissions: id-token: write", or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run on a machine with a role. A secret that is not set for this repository (or for Dependabot) arrives empty.',
    };
}
function expired({ call }) {
    return {
        code: 'credentials-expired',
        message: `AWS in ${call.region} says that ${call.source} has expired.`,
        hint: 'Temporary credentials live for some hours: put fresh ones into the secret, or use a role (awsRoleArn), whose credentials are made for each run.',
    };
}
function unknownKey({ said, call: { region, source } }) {
    const partition = /^(?:cn|us-gov|eusc)-/.test(region)
        ? `is one of another partition: ${region} knows only keys of its own`
        : 'belongs to another partition than the region (China, GovCloud)';
    return {
        code: 'credentials-refused',
        message: `AWS in ${region} refuses ${source}: ${said}`,
        hint: `The key id is unknown or disabled, its session token is missing, or the key ${partition}. A region that the account has not enabled says the same.`,
    };
}
function wrongSecret({ said, call: { region, source } }) {
    const isClock = /signature (?:expired|not yet current)/i.test(said);
    return {
        code: 'credentials-refused',
        message: `AWS in ${region} refuses ${source}: ${said}`,
        hint: isClock
            ? `The clock of this runner is wrong: it says ${new Date().toISOString()}.`
            : 'The key id exists but the secret does not fit: look for a character that got lost when it was pasted, and for a wrong clock of the runner.',
    };
}
function throttled({ said, attempts, call: { action, region } }) {
    return {
        code: 'ecr-throttled',
        message: `AWS in ${region} limits how often ${action} may be called: ${said} (tried ${attempts} times).`,
        hint: 'Run the job again in a minute, or run fewer jobs at once: the limit is one of the account and region.',
    };
}


/***/ }),

/***/ 6690:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  describeLogin: () => (/* binding */ describeLogin),
  logIn: () => (/* binding */ logIn),
  logInToPulled: () => (/* binding */ logInToPulled)
});

// EXTERNAL MODULE: ./lib/failure.js
var lib_failure = __webpack_require__(1957);
// EXTERNAL MODULE: ./lib/plan/ecr-host.js
var ecr_host = __webpack_require__(4744);
// EXTERNAL MODULE: ./lib/plan/token-scopes.js
var token_scopes = __webpack_require__(7474);
// EXTERNAL MODULE: ./node_modules/@aws-sdk/credential-provider-ini/dist-cjs/index.js
var dist_cjs = __webpack_require__(5869);
// EXTERNAL MODULE: ./node_modules/@aws-sdk/credential-provider-node/dist-cjs/index.js
var credential_provider_node_dist_cjs = __webpack_require__(5861);
// EXTERNAL MODULE: ./node_modules/@smithy/core/dist-cjs/submodules/config/index.js
var config = __webpack_require__(7291);
// EXTERNAL MODULE: ./lib/json.js
var json = __webpack_require__(6413);
// EXTERNAL MODULE: ./lib/aws/credentials-file.js
var credentials_file = __webpack_require__(922);
// EXTERNAL MODULE: ./lib/aws/errors.js + 2 modules
var errors = __webpack_require__(5422);
// EXTERNAL MODULE: ./node_modules/@actions/core/lib/core.js + 8 modules
var core = __webpack_require__(6058);
// EXTERNAL MODULE: ./lib/plan/role.js
var plan_role = __webpack_require__(3011);
;// CONCATENATED MODULE: ./lib/aws/oidc.js




/** Whether the job may have a token: GitHub sets both variables with `id-token: write`. */
function hasOidcToken(env) {
    return Boolean(env.ACTIONS_ID_TOKEN_REQUEST_URL && env.ACTIONS_ID_TOKEN_REQUEST_TOKEN);
}
/**
 * Asks GitHub for the token of this job. It is masked by the toolkit.
 * @param role ARN; the audience is that of its partition. Source: README of aws-actions/configure-aws-credentials
 * @throws Failure `oidc-token-missing`
 */
async function getOidcToken(role) {
    const audience = (0,plan_role/* partitionOf */.iQ)(role) === 'aws-cn' ? 'sts.amazonaws.com.cn' : 'sts.amazonaws.com';
    try {
        return await (0,core/* getIDToken */.V9)(audience);
    }
    catch (cause) {
        const said = (0,lib_failure/* messageOf */.bD)(cause)
            .replaceAll(/Error message: ?/gi, '')
            .replaceAll(/\s+/g, ' ')
            .trim();
        throw new lib_failure/* Failure */.HR({
            code: 'oidc-token-missing',
            message: `awsRoleArn: GitHub gave no OIDC token to this job: ${said}`,
            hint: 'Run the job again, and look at githubstatus.com. On a self-hosted runner, its network has to reach the address in ACTIONS_ID_TOKEN_REQUEST_URL.',
            cause,
        });
    }
}
/** Reads what a token says, without checking it. @returns undefined when it is no JWT */
function readClaims(token) {
    try {
        const payload = (0,json/* parseJson */.qF)(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
        const [first] = [(0,json.at)(payload, 'aud')].flat();
        return {
            sub: (0,json/* textAt */.$6)(payload, 'sub'),
            aud: typeof first === 'string' ? first : undefined,
            iss: (0,json/* textAt */.$6)(payload, 'iss'),
        };
    }
    catch {
        return undefined;
    }
}
/** What the job has to be allowed. Source: GitHub documentation, "OpenID Connect reference". */
const ID_TOKEN_PERMISSION = 'permissions:\n  id-token: write\n  contents: read';
/** Nothing is there that the role could be assumed with. */
function tokenNotAllowed(role, cause) {
    return new lib_failure/* Failure */.HR({
        code: 'oidc-permission-missing',
        message: `awsRoleArn: there is nothing to assume ${role} with: the job may not ask for an OIDC token, and this runner has no AWS credentials.`,
        hint: `Add this to the job (a called workflow needs it in the calling job, too):\n${ID_TOKEN_PERMISSION}`,
        cause,
    });
}
/** STS gives no reason: what the token says, and what would have to trust it, do. */
function explainTokenRefusal({ said, role, token, source }) {
    const { sub = '', aud = '', iss = '' } = readClaims(token) ?? {};
    const issuer = iss.replace(/^https:\/\//, '');
    const account = role.split(':')[4] ?? '';
    const provider = `arn:${(0,plan_role/* partitionOf */.iQ)(role)}:iam::${account}:oidc-provider/${issuer}`;
    const message = `AWS does not let ${source} assume ${role}: ${said}. The token has sub ${JSON.stringify(sub)}, aud ${JSON.stringify(aud)}, iss ${JSON.stringify(iss)}.`;
    if (/No OpenIDConnect provider/i.test(said)) {
        return { message, hint: `Account ${account} needs the identity provider ${provider}, for the audience ${aud}.` };
    }
    if (/audience/i.test(said)) {
        return { message, hint: `Add the audience ${aud} to the identity provider ${provider}.` };
    }
    const condition = { StringEquals: { [`${issuer}:aud`]: aud, [`${issuer}:sub`]: sub } };
    const lines = [
        `The role has to exist, and its trust policy has to allow sts:AssumeRoleWithWebIdentity to ${provider} under values that fit the token, upper and lower case included:`,
        `"Condition": ${JSON.stringify(condition, undefined, 2)}`,
        /^repo:[^/:]+@\d+\//.test(sub)
            ? 'The sub of this repository has the ids of owner and repository (repo:org@ID/repo@ID:…), as in all that are younger than 2026-07-15: a policy with repo:org/repo:… does not fit.'
            : 'Repositories made or renamed since 2026-07-15 have a sub with ids (repo:org@ID/repo@ID:…), older ones one without.',
    ];
    return { message, hint: lines.join('\n') };
}

// EXTERNAL MODULE: ./node_modules/@actions/http-client/lib/index.js + 1 modules
var lib = __webpack_require__(4942);
// EXTERNAL MODULE: ./node_modules/@smithy/node-http-handler/dist-cjs/index.js
var node_http_handler_dist_cjs = __webpack_require__(1279);
// EXTERNAL MODULE: ./node_modules/https-proxy-agent/dist/index.js + 4 modules
var dist = __webpack_require__(7659);
// EXTERNAL MODULE: ./lib/log.js
var log = __webpack_require__(7309);
;// CONCATENATED MODULE: ./lib/aws/proxy.js




/** Milliseconds; without them a network that swallows packets would hold the step for ever. */
const LIMITS = { connectionTimeout: 5_000, requestTimeout: 15_000, throwOnRequestTimeout: true };
/**
 * Sends each request the way that the environment names for its host: HTTPS_PROXY or HTTP_PROXY, with the exceptions of NO_PROXY.
 * The SDK knows none of these. Metadata and container endpoints are not asked through this, and so never through a proxy.
 * An error on the way through a proxy has `viaProxy: true`.
 */
function openRequests() {
    const handlers = new Map();
    const handlerOf = (proxy) => {
        const handler = handlers.get(proxy) ?? openHandler(proxy);
        handlers.set(proxy, handler);
        return handler;
    };
    return {
        handle: async (request, options) => {
            const { protocol, hostname, port } = request;
            const proxy = (0,lib/* getProxyUrl */.s_)(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`);
            const begin = Date.now();
            try {
                const answer = await handlerOf(proxy).handle(request, options);
                (0,log/* debug */.Yz)(describeCall(request, { ...answer.response, duration: Date.now() - begin }));
                return answer;
            }
            catch (error) {
                (0,log/* debug */.Yz)(describeCall(request, { duration: Date.now() - begin }));
                throw proxy !== '' && error instanceof Error ? Object.assign(error, { viaProxy: true }) : error;
            }
        },
    };
}
function openHandler(proxy) {
    if (proxy === '') {
        return new node_http_handler_dist_cjs.NodeHttpHandler(LIMITS);
    }
    const agent = new dist/* HttpsProxyAgent */.b(proxy);
    return new node_http_handler_dist_cjs.NodeHttpHandler({ ...LIMITS, httpAgent: agent, httpsAgent: agent });
}
/** A call for those who look for what went wrong: which, where, how it ended, how long it took. Nothing of what was said. */
function describeCall({ hostname, headers, body }, answer) {
    // Source: AWS JSON protocol (X-Amz-Target) and AWS query protocol (Action in the body).
    const target = headers['x-amz-target']?.replace(/^.*\./, '');
    const action = target ?? (typeof body === 'string' ? /(?:^|&)Action=(\w+)/.exec(body)?.[1] : undefined) ?? 'call';
    const request = answer.headers?.['x-amzn-requestid'];
    return `AWS ${action} at ${hostname}: ${answer.statusCode ?? 'no answer'} after ${answer.duration} ms${request === undefined ? '' : `, request ${request}`}`;
}

;// CONCATENATED MODULE: ./lib/aws/client.js

/** What every client of AWS has. Nothing is asked before its first command. */
function clientOptions(region) {
    return {
        region,
        // Throttling, 5xx and what the network loses are tried again after a growing wait; what is refused is not.
        maxAttempts: 5,
        requestHandler: openRequests(),
        customUserAgent: [['buildkit-aws', '1']],
    };
}
/**
 * How the API is reached: as the registry itself is spoken to, unless the user has an endpoint of their own. That is what it
 * is, and the SDK refuses to make it FIPS or dual-stack.
 */
function reachOf({ service, fips, dualStack }, env) {
    const ofService = service === 'ecr' ? env.AWS_ENDPOINT_URL_ECR : env.AWS_ENDPOINT_URL_ECR_PUBLIC;
    const isOwnEndpoint = Boolean(ofService || env.AWS_ENDPOINT_URL);
    return {
        ...(fips && !isOwnEndpoint ? { useFipsEndpoint: true } : {}),
        ...(dualStack && !isOwnEndpoint ? { useDualstackEndpoint: true } : {}),
    };
}

;// CONCATENATED MODULE: ./lib/aws/sts.js


/** What of them must not be shown. */
function keySecrets({ secretAccessKey, sessionToken }) {
    return [secretAccessKey, sessionToken ?? ''].filter((secret) => secret !== '');
}
/** Source: AWS STS API, AssumeRole. @throws what the SDK throws; Failure `ecr-unreadable` */
async function assumeRole({ arn, sessionName, externalId, duration }, { keys, region }) {
    const { AssumeRoleCommand } = await __webpack_require__.e(/* import() */ 695).then(__webpack_require__.t.bind(__webpack_require__, 1695, 19));
    const client = await openSts({ region, credentials: keys });
    const command = new AssumeRoleCommand({
        RoleArn: arn,
        RoleSessionName: sessionName,
        ExternalId: externalId,
        DurationSeconds: duration,
    });
    return roleKeys(await client.send(command), { action: 'sts:AssumeRole', region });
}
/** Source: AWS STS API, AssumeRoleWithWebIdentity. @throws what the SDK throws; Failure `ecr-unreadable` */
async function assumeRoleByToken({ arn, sessionName, duration }, { token, region }) {
    const { AssumeRoleWithWebIdentityCommand } = await __webpack_require__.e(/* import() */ 695).then(__webpack_require__.t.bind(__webpack_require__, 1695, 19));
    const client = await openSts({ region });
    const command = new AssumeRoleWithWebIdentityCommand({
        RoleArn: arn,
        RoleSessionName: sessionName,
        WebIdentityToken: token,
        DurationSeconds: duration,
    });
    return roleKeys(await client.send(command), { action: 'sts:AssumeRoleWithWebIdentity', region });
}
/** Milliseconds. The answer is for the log only: a network that leads nowhere must not hold the step. */
const IDENTITY_LIMIT = 3_000;
/** Who the keys belong to, as an ARN. @returns undefined when STS does not say, or not in time */
async function findIdentity(options) {
    try {
        const { GetCallerIdentityCommand } = await __webpack_require__.e(/* import() */ 695).then(__webpack_require__.t.bind(__webpack_require__, 1695, 19));
        const client = await openSts(options);
        const abortSignal = AbortSignal.timeout(IDENTITY_LIMIT);
        return (await client.send(new GetCallerIdentityCommand({}), { abortSignal })).Arn;
    }
    catch {
        return undefined;
    }
}
/** Loads the client only here: keys that no role is assumed with need it for nothing but their name. */
async function openSts(options) {
    const { STSClient } = await __webpack_require__.e(/* import() */ 695).then(__webpack_require__.t.bind(__webpack_require__, 1695, 19));
    const { region, credentials } = options;
    return new STSClient({ ...clientOptions(region), ...(credentials === undefined ? {} : { credentials }) });
}
function roleKeys({ Credentials, AssumedRoleUser }, { action, region }) {
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
    if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined) {
        throw new lib_failure/* Failure */.HR({
            code: 'ecr-unreadable',
            message: `AWS STS in ${region} answered ${action} without credentials.`,
            hint: 'Look for a proxy between this runner and AWS that answers in its place (HTTPS_PROXY, NO_PROXY).',
        });
    }
    return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        sessionToken: SessionToken,
        ...(Expiration === undefined ? {} : { expiration: Expiration }),
        arn: AssumedRoleUser?.Arn,
    };
}

;// CONCATENATED MODULE: ./lib/aws/roles.js





/** What STS says of a token that it does not take; everything else about it is said of keys as well. */
const TOKEN_REFUSALS = ['AccessDenied', 'InvalidIdentityToken', 'InvalidIdentityTokenException', 'IDPRejectedClaim'];
/** @param options.mask called with keys and tokens before they are used */
function openRoles(options) {
    const { region, env, mask } = options;
    const assumeByToken = async (role, { token, name }) => {
        mask(token);
        try {
            return await assumeRoleByToken(role, { token, region });
        }
        catch (error) {
            if (TOKEN_REFUSALS.includes(error instanceof Error ? error.name : '')) {
                const said = (0,lib_failure/* messageOf */.bD)(error);
                const { message, hint } = explainTokenRefusal({ said, role: role.arn, token, source: name });
                throw new lib_failure/* Failure */.HR({ code: 'oidc-refused', message: `${message}${(0,errors/* requestOf */.f)(error)}`, hint, cause: error });
            }
            throw (0,errors/* explainAwsError */.N)(error, { action: 'sts:AssumeRoleWithWebIdentity', region, source: name });
        }
    };
    return {
        assumeByToken,
        assume: async (role, own) => {
            const keys = await own.provider().catch((error) => {
                throw own.ambient && isNothingFound(error, env) ? tokenNotAllowed(role.arn, error) : error;
            });
            keySecrets(keys).forEach(mask);
            return assumeRole(role, { keys, region }).catch((error) => {
                const failure = (0,errors/* explainAwsError */.N)(error, { action: 'sts:AssumeRole', region, source: own.name });
                throw own.ambient && failure.code === 'ecr-denied' ? orByToken(failure) : failure;
            });
        },
        assumers: {
            roleAssumer: async (keys, { RoleArn: arn, RoleSessionName, ExternalId: externalId, DurationSeconds: duration }) => {
                keySecrets(keys).forEach(mask);
                const role = { arn: arn ?? '', sessionName: RoleSessionName ?? 'buildkit-aws', externalId, duration };
                return assumeRole(role, { keys, region }).catch((error) => {
                    throw (0,errors/* explainAwsError */.N)(error, { action: 'sts:AssumeRole', region, source: `the source of role ${arn}` });
                });
            },
            roleAssumerWithWebIdentity: ({ RoleArn: arn, RoleSessionName, WebIdentityToken, DurationSeconds: duration }) => assumeByToken({ arn: arn ?? '', sessionName: RoleSessionName ?? 'buildkit-aws', duration }, { token: WebIdentityToken?.trim() ?? '', name: 'the web identity token' }),
        },
    };
}
/** The SDK has looked everywhere. A profile that is named and broken is another matter. */
function isNothingFound(error, env) {
    return (0,json/* textAt */.$6)(error, 'name') === 'CredentialsProviderError' && !env.AWS_PROFILE;
}
/** A role of a repository is mostly meant for its token, and the runner's own identity was only asked in its place. */
function orByToken(failure) {
    const { code, message, hint } = failure;
    return new lib_failure/* Failure */.HR({
        code,
        message,
        hint: `${hint}\nIf the role is meant for the OIDC token of the job, add:\n${ID_TOKEN_PERMISSION}`,
        cause: failure.cause,
    });
}

;// CONCATENATED MODULE: ./lib/aws/credentials.js









/**
 * Opens the credentials of the step, and gets their keys, so that what is wrong with them is said before anything else is asked.
 * The order: `awsCredentials`, the OIDC token of the job when there is a role for it, the SDK's chain. Whatever it is, the role
 * is assumed with it.
 * @param mask called with every secret before it is used
 * @throws Failure `credentials-…`, `oidc-…`, `ecr-…`
 */
async function openCredentials(aws, { env, mask }) {
    const { region } = aws.region;
    const { name, provider } = chooseSource(aws, { env, roles: openRoles({ region, env, mask }) });
    const masked = async () => {
        const keys = await provider();
        keySecrets(keys).forEach(mask);
        return keys;
    };
    const kept = (0,config.memoize)(masked, isEnding, ({ expiration }) => expiration !== undefined);
    try {
        const keys = await kept();
        return { name: `${name}${originOf(keys, aws)}`, provider: () => kept(), arn: (0,json/* textAt */.$6)(keys, 'arn') };
    }
    catch (error) {
        throw (0,errors/* explainAwsError */.N)(error, { action: 'sts:AssumeRole', region, source: name });
    }
}
function chooseSource({ profile, role }, { env, roles }) {
    if (role !== undefined && profile === undefined && hasOidcToken(env)) {
        const name = 'the OIDC token of this job';
        return { name, provider: async () => roles.assumeByToken(role, { token: await getOidcToken(role.arn), name }) };
    }
    const own = profile === undefined ? ambientSource(env, roles) : profileSource(profile, { env, roles });
    return role === undefined ? own : { name: `a role assumed by ${own.name}`, provider: () => roles.assume(role, own) };
}
function profileSource(profile, { env, roles }) {
    (0,credentials_file/* replaceSharedFiles */.j1)(profile.text, env);
    const provider = (0,dist_cjs.fromIni)({ profile: profile.name, ...roles.assumers });
    return { name: `profile "${profile.name}" of awsCredentials`, ambient: false, provider: () => provider() };
}
function ambientSource(env, roles) {
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken, } = env;
    if (accessKeyId && secretAccessKey) {
        // The SDK's chain would pass these over when AWS_PROFILE is set, too.
        const keys = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
        return { name: 'AWS_ACCESS_KEY_ID of the environment', ambient: true, provider: async () => keys };
    }
    if (env.RUNNER_ENVIRONMENT === 'github-hosted') {
        // The metadata service of GitHub's machines is another cloud's: asking it only makes the error late.
        process.env.AWS_EC2_METADATA_DISABLED = 'true';
    }
    const provider = (0,credential_provider_node_dist_cjs.defaultProvider)(roles.assumers);
    const name = env.AWS_PROFILE ? `profile "${env.AWS_PROFILE}" of this runner` : 'the credentials of this runner';
    return { name, ambient: true, provider: () => provider() };
}
/** Milliseconds before its end that keys are not used any more. */
const RESERVE = 5 * 60_000;
function isEnding({ expiration }) {
    return expiration !== undefined && expiration.getTime() - Date.now() < RESERVE;
}
/** What the SDK notes of where it found keys. Source: its credential features. */
const ORIGINS = [
    ['CREDENTIALS_PROFILE_PROCESS', 'credential_process'],
    ['CREDENTIALS_PROFILE_STS_WEB_ID_TOKEN', 'web identity token'],
    ['CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN', 'AWS_WEB_IDENTITY_TOKEN_FILE'],
    ['CREDENTIALS_HTTP', 'container credentials'],
    ['CREDENTIALS_PROFILE', 'AWS configuration files'],
];
/** How the SDK came by the keys, where that is not said yet. */
function originOf(keys, { profile, role }) {
    const found = ORIGINS.find(([feature]) => (0,json.at)(keys, '$source', feature) !== undefined)?.[1];
    const isSaid = role !== undefined || (profile !== undefined && found === 'AWS configuration files');
    return found === undefined || isSaid ? '' : ` (${found})`;
}

// EXTERNAL MODULE: ./node_modules/@aws-sdk/client-ecr/dist-cjs/index.js
var client_ecr_dist_cjs = __webpack_require__(8249);
;// CONCATENATED MODULE: ./lib/aws/ecr.js




/** What a client of ECR's API is opened with; nothing is asked yet. */
function ecrOptions(scope, { credentials, env }) {
    return { ...clientOptions(scope.region), credentials: credentials.provider, ...reachOf(scope, env) };
}
/**
 * Gets the token that opens every registry of a scope that the caller may use.
 * Source: ECR API and ECR Public API, GetAuthorizationToken.
 * @param mask called with the token in each of its forms before it is returned
 * @throws Failure `credentials-…`, `ecr-…`
 */
async function getToken(scope, options) {
    const { credentials, mask, env, attempts } = options;
    const { service, region } = scope;
    const action = `${service}:GetAuthorizationToken`;
    const answer = await askForToken(scope, { credentials, env, attempts }).catch((error) => {
        throw (0,errors/* explainAwsError */.N)(error, { action, region, source: credentials.name });
    });
    const { authorizationToken: auth, proxyEndpoint } = answer ?? {};
    const ownHost = URL.parse(proxyEndpoint ?? '')?.host || undefined;
    if (auth === undefined || (service === 'ecr' && ownHost === undefined)) {
        throw new lib_failure/* Failure */.HR({
            code: 'ecr-unreadable',
            message: `ECR in ${region} answered ${action} without a token.`,
            hint: 'Run the job again; if it stays so, look for a proxy between this runner and AWS.',
        });
    }
    mask(auth);
    mask(Buffer.from(auth, 'base64').toString().replace(/^AWS:/, ''));
    return { auth, ownHost };
}
async function askForToken(scope, { credentials, env, attempts }) {
    const few = attempts === undefined ? {} : { maxAttempts: attempts };
    const client = { ...ecrOptions(scope, { credentials, env }), ...few };
    if (scope.service === 'ecr-public') {
        // A client of its own that few need.
        const ecrPublic = await __webpack_require__.e(/* import() */ 821).then(__webpack_require__.t.bind(__webpack_require__, 9821, 19));
        const answer = await new ecrPublic.ECRPUBLICClient(client).send(new ecrPublic.GetAuthorizationTokenCommand({}));
        return answer.authorizationData;
    }
    const { authorizationData = [] } = await new client_ecr_dist_cjs/* ECRClient */.S70(client).send(new client_ecr_dist_cjs/* GetAuthorizationTokenCommand */.Eu6({}));
    return authorizationData[0];
}

;// CONCATENATED MODULE: ./lib/aws/login.js






/** How often a token is asked for that a step can do without. */
const FEW_ATTEMPTS = 2;
/**
 * Logs in to every registry that images go to, and to those that are only pulled from as far as there is a token for them.
 * @throws Failure `credentials-…`, `oidc-…`, `ecr-…`, `registry-not-ecr`
 */
async function logIn(request) {
    const { aws, hosts, pulled = [], own, alias, env, mask } = request;
    const { region } = aws.region;
    const credentials = await openCredentials(aws, { env, mask });
    const all = [...hosts, ...(alias === undefined ? [] : [alias])];
    const requests = (0,token_scopes/* tokenRequests */.m)([...all, ...pulled], { region, own: own || all.length === 0 });
    const isNeeded = ({ own, hosts }) => own || hosts.some((host) => all.includes(host));
    const getNeeded = async (request) => ({
        ...request,
        ...(await getToken(request.scope, { credentials, mask, env })),
    });
    const [identity, ...results] = await Promise.all([
        credentials.arn ?? findIdentity({ credentials: credentials.provider, region }),
        ...requests.map((request) => isNeeded(request) ? getNeeded(request) : getTokenIfAny(request, { credentials, mask, env })),
    ]);
    const answers = results.filter((result) => 'auth' in result);
    for (const { hosts, ownHost } of answers) {
        checkHosts({ hosts, ownHost, alias });
    }
    const logins = answers.flatMap(loginsOf);
    const renew = async () => (await Promise.all(requests.filter(isNeeded).map(getNeeded))).flatMap(loginsOf);
    const renewable = answers
        .filter(isNeeded)
        .flatMap(loginsOf)
        .map(({ host }) => host);
    const ownHost = answers.find((answer) => answer.own)?.ownHost;
    const refused = results.filter((result) => 'reason' in result);
    const options = (scope) => ecrOptions(scope, { credentials, env });
    return { ownHost, region, credentials, options, identity, logins, renew, renewable, refused };
}
/** A token under each name that it is for. */
function loginsOf({ hosts, own, auth, ownHost }) {
    const targets = new Set([...(own && ownHost !== undefined ? [ownHost] : []), ...hosts]);
    return [...targets].map((host) => ({ host, auth }));
}
/** Logs in to more hosts of ECR that are only pulled from, as far as there is a token for them. */
async function logInToPulled(hosts, { registries, env, mask }) {
    const { region, credentials } = registries;
    const requests = (0,token_scopes/* tokenRequests */.m)(hosts, { region, own: false });
    const results = await Promise.all(requests.map((request) => getTokenIfAny(request, { credentials, mask, env })));
    return {
        logins: results.flatMap((result) => 'auth' in result ? result.hosts.map((host) => ({ host, auth: result.auth })) : []),
        refused: results.filter((result) => 'reason' in result),
    };
}
/** Which hosts, by whom: one line for the log. */
function describeLogin({ logins, credentials, identity }) {
    const hosts = logins.map(({ host }) => host).join(', ');
    return `Logged in to ${hosts} with ${credentials.name}${identity === undefined ? '' : ` as ${identity}`}`;
}
/** A token that a step can do without: why there is none is part of the answer. */
async function getTokenIfAny(request, options) {
    try {
        return { ...request, ...(await getToken(request.scope, { ...options, attempts: FEW_ATTEMPTS })) };
    }
    catch (error) {
        if (error instanceof lib_failure/* Failure */.HR) {
            return { hosts: request.hosts, reason: error };
        }
        throw error;
    }
}
/** A token goes to ECR's own hosts, to the one that its API names, and to the one that the user vouches for. */
function checkHosts(options) {
    const { hosts, ownHost, alias } = options;
    const foreign = hosts.find((host) => (0,ecr_host/* parseEcrHost */.wl)(host) === undefined && host !== ownHost && host !== alias);
    if (foreign !== undefined) {
        throw new lib_failure/* Failure */.HR({
            code: 'registry-not-ecr',
            message: `The registry "${foreign}" (imageRegistryPath, imageTag or cacheTag) is not a host of Amazon ECR, so no AWS token is sent to it.`,
            hint: `Yours is ${ownHost}. If ${foreign} is ECR under a name of your own, give it as containerRegistry too.`,
        });
    }
}


/***/ }),

/***/ 7474:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   O: () => (/* binding */ tokenScope),
/* harmony export */   m: () => (/* binding */ tokenRequests)
/* harmony export */ });
/* harmony import */ var _ecr_host_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4744);
/* harmony import */ var _regions_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8330);


/** @param region of hosts that do not name one */
function tokenScope(host, region) {
    const ecr = (0,_ecr_host_js__WEBPACK_IMPORTED_MODULE_1__/* .parseEcrHost */ .wl)(host);
    switch (ecr?.kind) {
        case 'public':
            return { service: 'ecr-public', region: _regions_js__WEBPACK_IMPORTED_MODULE_0__/* .PUBLIC_REGION */ .Ne, fips: false, dualStack: ecr.dualStack };
        case 'private':
            return { service: 'ecr', region: ecr.region, fips: ecr.fips, dualStack: ecr.dualStack };
        case undefined:
            return ownScope(region);
    }
}
/** The scope of hosts that do not say it themselves, such as the caller's own registry before it is known. */
function ownScope(region) {
    return { service: 'ecr', region, fips: false, dualStack: false };
}
/**
 * The tokens that are needed for some hosts: one per service, region and way to reach them.
 * That a token of one region opens the registry of another one is not documented.
 */
function tokenRequests(hosts, { region, own }) {
    const needs = [
        ...[...new Set(hosts)].map((host) => ({ scope: tokenScope(host, region), hosts: [host], own: false })),
        ...(own ? [{ scope: ownScope(region), hosts: [], own: true }] : []),
    ];
    const groups = Map.groupBy(needs, ({ scope }) => JSON.stringify(scope));
    return [...groups.values()].flatMap((group) => {
        const [first] = group;
        const merged = { hosts: group.flatMap((need) => need.hosts), own: group.some((need) => need.own) };
        return first === undefined ? [] : [{ scope: first.scope, ...merged }];
    });
}


/***/ })

};
