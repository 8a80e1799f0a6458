export const id = 961;
export const ids = [961];
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

/***/ 7961:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   describeRepositories: () => (/* binding */ describeRepositories)
/* harmony export */ });
/* unused harmony exports targetOf, isCreatedOnPush, createRepository */
/* harmony import */ var _aws_sdk_client_ecr__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(8249);
/* harmony import */ var _failure_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1957);
/* harmony import */ var _plan_ecr_host_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(4744);
/* harmony import */ var _plan_reference_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(3698);
/* harmony import */ var _plan_token_scopes_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7474);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(5422);






function targetOf({ host }, { region, options }) {
    const scope = (0,_plan_token_scopes_js__WEBPACK_IMPORTED_MODULE_2__/* .tokenScope */ .O)(host, region);
    const account = (0,_plan_ecr_host_js__WEBPACK_IMPORTED_MODULE_4__/* .parsePrivateEcrHost */ .Dj)(host)?.account;
    const registryId = account === undefined ? {} : { registryId: account };
    return { client: new _aws_sdk_client_ecr__WEBPACK_IMPORTED_MODULE_5__/* .ECRClient */ .S70(options(scope)), region: scope.region, registryId };
}
/** What ECR says of each repository, all of them asked at the same time; by `registry/repository`. */
async function describeRepositories(repositories, registries) {
    const facts = repositories.map(async (repository) => [(0,_plan_reference_js__WEBPACK_IMPORTED_MODULE_1__/* .formatRepository */ .Sh)(repository), await describeRepository(repository, registries)]);
    return new Map(await Promise.all(facts));
}
/** Public repositories have tags that can always be moved, and nobody is asked about them. */
async function describeRepository(repository, registries) {
    if ((0,_plan_ecr_host_js__WEBPACK_IMPORTED_MODULE_4__/* .parseEcrHost */ .wl)(repository.host)?.kind === 'public') {
        return { kind: 'there', mutability: { setting: 'MUTABLE', exclusions: [] } };
    }
    const { client, registryId } = targetOf(repository, registries);
    const command = new _aws_sdk_client_ecr__WEBPACK_IMPORTED_MODULE_5__/* .DescribeRepositoriesCommand */ .pE_({ repositoryNames: [repository.repository], ...registryId });
    try {
        const { repositories = [] } = await client.send(command);
        const { imageTagMutability: setting, imageTagMutabilityExclusionFilters: filters = [] } = repositories[0] ?? {};
        return { kind: 'there', mutability: { setting, exclusions: filters.flatMap(({ filter }) => filter ?? []) } };
    }
    catch (error) {
        return error instanceof _aws_sdk_client_ecr__WEBPACK_IMPORTED_MODULE_5__/* .RepositoryNotFoundException */ .Da2
            ? { kind: 'missing', requestId: error.$metadata.requestId }
            : { kind: 'unknown' };
    }
}
/**
 * Whether ECR makes a missing repository by itself when something is pushed.
 * Source: ECR user guide, "Repository creation templates": the longest prefix counts, ROOT fits everything. ECR Public has none.
 * @returns undefined when asking is not allowed
 */
async function isCreatedOnPush(repository, registries) {
    if (parseEcrHost(repository.host)?.kind === 'public') {
        return false;
    }
    const { client } = targetOf(repository, registries);
    try {
        const pages = paginateDescribeRepositoryCreationTemplates({ client }, {});
        const templates = (await Array.fromAsync(pages)).flatMap((page) => page.repositoryCreationTemplates ?? []);
        const fitting = templates.filter(({ prefix = '' }) => prefix === 'ROOT' || repository.repository.startsWith(`${prefix.replace(/\/$/, '')}/`));
        const [closest] = fitting.toSorted((a, b) => lengthOf(b.prefix) - lengthOf(a.prefix));
        return closest?.appliedFor?.some((use) => use === 'CREATE_ON_PUSH') ?? false;
    }
    catch {
        return undefined;
    }
}
function lengthOf(prefix = 'ROOT') {
    return prefix === 'ROOT' ? 0 : prefix.length;
}
/**
 * Creates a repository with its policies. Another leg of a matrix may do the same at this moment: then it is there, too.
 * A repository whose policies are refused does not stay: the next run would find it and leave it as it is.
 * @returns whether it was this step that has created it
 * @throws Failure `ecr-…`, `repository-create-failed`
 */
async function createRepository(repository, { settings, registries }) {
    if (parseEcrHost(repository.host)?.kind === 'public') {
        const { createPublicRepository } = await Promise.all(/* import() */[__webpack_require__.e(821), __webpack_require__.e(225)]).then(__webpack_require__.bind(__webpack_require__, 3225));
        return createPublicRepository(repository, { settings, registries });
    }
    const { client, region, registryId } = targetOf(repository, registries);
    const source = registries.credentials.name;
    const name = { repositoryName: repository.repository, ...registryId };
    try {
        await client.send(new CreateRepositoryCommand({ ...name, ...settings.create }));
    }
    catch (error) {
        if (error instanceof RepositoryAlreadyExistsException) {
            return false;
        }
        throw explainAwsError(error, { action: 'ecr:CreateRepository', region, source });
    }
    try {
        await applyPolicies(client, { name, settings });
    }
    catch (cause) {
        const removed = await client.send(new DeleteRepositoryCommand(name)).then(() => true, () => false);
        const action = 'ecr:PutLifecyclePolicy or ecr:SetRepositoryPolicy';
        const { message } = explainAwsError(cause, { action, region, source });
        throw new Failure({
            code: 'repository-create-failed',
            message: `repositorySettings: ${formatRepository(repository)} was created, but not with its policies: ${message}`,
            hint: removed
                ? 'It was removed again. Correct the policies or the permissions (ecr:PutLifecyclePolicy, ecr:SetRepositoryPolicy), and run the job again.'
                : 'It is still there, without them: remove it by hand, because settings are applied only when a repository is created.',
            cause,
        });
    }
    return true;
}
async function applyPolicies(client, { name, settings }) {
    const { lifecyclePolicy, policy } = settings;
    if (lifecyclePolicy !== undefined) {
        await client.send(new PutLifecyclePolicyCommand({ ...name, lifecyclePolicyText: lifecyclePolicy }));
    }
    if (policy !== undefined) {
        await client.send(new SetRepositoryPolicyCommand({ ...name, policyText: policy }));
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
