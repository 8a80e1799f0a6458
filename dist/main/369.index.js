export const id = 369;
export const ids = [369];
export const modules = {

/***/ 5053:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  gf: () => (/* binding */ getToken),
  Ne: () => (/* binding */ openEcr),
  PX: () => (/* binding */ readManifests)
});

// EXTERNAL MODULE: ./node_modules/@aws-sdk/client-ecr/dist-cjs/index.js
var dist_cjs = __webpack_require__(8249);
// EXTERNAL MODULE: ./lib/failure.js
var failure = __webpack_require__(1957);
// EXTERNAL MODULE: ./lib/json.js
var json = __webpack_require__(6413);
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
    const said = error instanceof Error ? error.message : String(error);
    const requestId = (0,json/* textAt */.$6)(error, '$metadata', 'requestId');
    const { message, ...rest } = explanationOf({
        name,
        said,
        networkCode: (0,json/* textAt */.$6)(error, 'code') ?? (name === 'TimeoutError' ? 'ETIMEDOUT' : undefined),
        call,
    });
    return new failure/* Failure */.HR({
        ...rest,
        message: requestId === undefined ? message : `${message} (AWS request ${requestId})`,
        cause: error,
    });
}
function explanationOf(options) {
    const { name, said, networkCode, call } = options;
    const { action, region, source } = call;
    switch (name) {
        case 'CredentialsProviderError':
        case 'TokenProviderError':
            return {
                code: 'credentials-none',
                // A program that failed is named with its arguments, which may be secrets.
                message: `No AWS credentials were found: ${said.replace(/^Command failed:.*$/s, 'the credential_process of the profile failed')}.`,
                hint: 'Give a credentials file as awsCredentials, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run on a machine with a role. A secret that is not set for this repository (or for Dependabot) arrives empty.',
            };
        case 'ExpiredTokenException':
        case 'ExpiredToken':
        case 'RequestExpired':
            return {
                code: 'credentials-expired',
                message: `AWS in ${region} says that ${source} has expired.`,
                hint: 'Temporary credentials live for some hours: put fresh ones into the secret, or use a role.',
            };
        case 'UnrecognizedClientException':
        case 'InvalidClientTokenId':
        case 'IncompleteSignatureException':
        case 'InvalidSignatureException':
        case 'SignatureDoesNotMatch':
            return {
                code: 'credentials-refused',
                message: `AWS in ${region} refuses ${source}: ${said}`,
                hint: name.includes('ignature')
                    ? 'The key id exists but the secret does not fit: look for a character that got lost when it was pasted, and for a wrong clock of the runner.'
                    : 'The key id is unknown or disabled, its session token is missing, or the key belongs to another partition than the region.',
            };
        case 'AccessDeniedException':
        case 'AccessDenied':
            return denied(said, call);
        default:
            return (unreachable(networkCode, call, said) ?? {
                code: 'ecr-failed',
                message: `AWS in ${region} answered to ${action}: ${name}: ${said}`,
                hint: 'Run the job again; if it stays so, see the AWS documentation of this error.',
            });
    }
}
/** What is denied may be a step before what was asked for, such as sts:AssumeRole of a profile. */
function denied(said, { action, region, source }) {
    const actual = /not authorized to perform: (?<action>[\w-]+:\w+)/i.exec(said)?.groups?.action ?? action;
    return {
        code: 'ecr-denied',
        message: `AWS in ${region} does not allow ${actual} for ${source}: ${said}`,
        hint: actual === 'ecr:GetAuthorizationToken'
            ? 'Allow ecr:GetAuthorizationToken on Resource "*": it cannot be limited to a repository.'
            : actual.startsWith('sts:AssumeRole')
                ? `Allow ${actual} in the policy of this identity, and the identity in the trust policy of the role.`
                : `Allow ${actual} in the policy of this identity.`,
    };
}
const NETWORK_CODES = [
    'ENOTFOUND',
    'EAI_AGAIN',
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'EPIPE',
];
function unreachable(code, { region }, said) {
    if (code === undefined || !NETWORK_CODES.includes(code)) {
        return undefined;
    }
    return {
        code: 'ecr-unreachable',
        message: `ECR in ${region} cannot be reached: ${said}`,
        hint: code === 'ENOTFOUND'
            ? 'Check the spelling of awsRegion, and that this network resolves AWS names (or has a VPC endpoint for ecr.api).'
            : 'Check the network of this runner: firewall, VPC endpoint for ecr.api, AWS_ENDPOINT_URL.',
    };
}

;// CONCATENATED MODULE: ./lib/aws/ecr.js



/** Opens a client; nothing is asked before the first command. */
function openEcr({ region, credentials }) {
    return new dist_cjs/* ECRClient */.S70({
        region,
        credentials: credentials.provider,
        maxAttempts: 5,
        // Milliseconds; without them a network that swallows packets would hold the step for ever.
        requestHandler: { connectionTimeout: 5_000, requestTimeout: 15_000, throwOnRequestTimeout: true },
        customUserAgent: [['buildkit-aws', '1']],
    });
}
/**
 * Gets the token that opens every registry of a region that the caller may use. Source: ECR API, GetAuthorizationToken.
 * @param mask called with the token in each of its forms before it is returned
 * @throws Failure `credentials-…`, `ecr-…`
 */
async function getToken(options) {
    const { region, credentials, mask } = options;
    const client = openEcr({ region, credentials });
    const answer = await client.send(new dist_cjs/* GetAuthorizationTokenCommand */.Eu6({})).catch((error) => {
        throw explainAwsError(error, { action: 'ecr:GetAuthorizationToken', region, source: credentials.name });
    });
    const { authorizationToken: auth, proxyEndpoint } = answer.authorizationData?.[0] ?? {};
    if (auth === undefined || proxyEndpoint === undefined) {
        throw new failure/* Failure */.HR({
            code: 'ecr-failed',
            message: `ECR in ${region} answered without a token.`,
            hint: 'Run the job again; if it stays so, look for a proxy between this runner and AWS.',
        });
    }
    mask(auth);
    mask(Buffer.from(auth, 'base64').toString().replace(/^AWS:/, ''));
    return { region, auth, ownHost: new URL(proxyEndpoint).host };
}
/**
 * Reads manifests by digest.
 * @param digests at most 100 of one repository
 * @returns those that are there, in no particular order
 */
async function readManifests(options) {
    const { client, account, repository, digests } = options;
    const { images = [] } = await client.send(new dist_cjs/* BatchGetImageCommand */.P8n({
        repositoryName: repository,
        imageIds: digests.map((imageDigest) => ({ imageDigest })),
        acceptedMediaTypes: MANIFEST_TYPES,
        ...(account === undefined ? {} : { registryId: account }),
    }));
    return images.flatMap(({ imageManifest }) => imageManifest ?? []);
}
const MANIFEST_TYPES = [
    'application/vnd.oci.image.manifest.v1+json',
    'application/vnd.oci.image.index.v1+json',
    'application/vnd.docker.distribution.manifest.v2+json',
    'application/vnd.docker.distribution.manifest.list.v2+json',
];


/***/ }),

/***/ 9369:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   isTagMutable: () => (/* binding */ isTagMutable)
/* harmony export */ });
/* harmony import */ var _aws_sdk_client_ecr__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8249);
/* harmony import */ var _plan_ecr_host_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4744);
/* harmony import */ var _ecr_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5053);



/**
 * Whether a tag can be written again in its repository; a cache in an immutable one could be exported just once.
 * @returns undefined when ECR does not say, for example because asking is not allowed
 */
async function isTagMutable(reference, registries) {
    const { account, region = registries.region } = (0,_plan_ecr_host_js__WEBPACK_IMPORTED_MODULE_1__/* .parseEcrHost */ .w)(reference.host) ?? {};
    const client = (0,_ecr_js__WEBPACK_IMPORTED_MODULE_0__/* .openEcr */ .Ne)({ region, credentials: registries.credentials });
    const command = new _aws_sdk_client_ecr__WEBPACK_IMPORTED_MODULE_2__/* .DescribeRepositoriesCommand */ .pE_({
        repositoryNames: [reference.repository],
        ...(account === undefined ? {} : { registryId: account }),
    });
    const { repositories = [] } = await client.send(command).catch(() => ({ repositories: [] }));
    const { imageTagMutability, imageTagMutabilityExclusionFilters = [] } = repositories[0] ?? {};
    const excluded = imageTagMutabilityExclusionFilters.some(({ filter = '' }) => matches(filter, reference.tag));
    switch (imageTagMutability) {
        case 'MUTABLE':
            return true;
        case 'IMMUTABLE':
            return false;
        case 'IMMUTABLE_WITH_EXCLUSION':
            return excluded;
        case 'MUTABLE_WITH_EXCLUSION':
            return !excluded;
        default:
            return undefined;
    }
}
/** Source: ECR API, ImageTagMutabilityExclusionFilter: `*` stands for any characters. */
function matches(filter, tag) {
    const pattern = filter
        .split('*')
        .map((part) => part.replaceAll(/[^\w]/g, '\\$&'))
        .join('.*');
    return new RegExp(`^${pattern}$`).test(tag);
}


/***/ })

};
