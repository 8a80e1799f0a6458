export const id = 225;
export const ids = [225];
export const modules = {

/***/ 3225:
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   createPublicRepository: () => (/* binding */ createPublicRepository)
/* harmony export */ });
/* harmony import */ var _aws_sdk_client_ecr_public__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(9821);
/* harmony import */ var _failure_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1957);
/* harmony import */ var _plan_token_scopes_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7474);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(5422);




/**
 * Creates a repository in the caller's registry of ECR Public. Of the settings it can have the tags only.
 * Source: ECR Public API, CreateRepository.
 * @param repository its name begins with the alias of the registry
 * @returns whether it was this step that has created it
 * @throws Failure `ecr-…`, `repository-create-failed`
 */
async function createPublicRepository({ host, repository }, { settings, registries }) {
    const scope = (0,_plan_token_scopes_js__WEBPACK_IMPORTED_MODULE_1__/* .tokenScope */ .O)(host, registries.region);
    const client = new _aws_sdk_client_ecr_public__WEBPACK_IMPORTED_MODULE_3__.ECRPUBLICClient(registries.options(scope));
    const repositoryName = repository.slice(repository.indexOf('/') + 1);
    const { tags } = settings.create;
    const { region, service } = scope;
    try {
        const { repository: created } = await client.send(new _aws_sdk_client_ecr_public__WEBPACK_IMPORTED_MODULE_3__.CreateRepositoryCommand({ repositoryName, ...(tags === undefined ? {} : { tags }) }));
        if (created?.repositoryUri?.endsWith(`/${repository}`) === false) {
            await client.send(new _aws_sdk_client_ecr_public__WEBPACK_IMPORTED_MODULE_3__.DeleteRepositoryCommand({ repositoryName })).catch(() => undefined);
            throw foreignAlias(`${host}/${repository}`, created.repositoryUri);
        }
        return true;
    }
    catch (error) {
        if (error instanceof _aws_sdk_client_ecr_public__WEBPACK_IMPORTED_MODULE_3__.RepositoryAlreadyExistsException) {
            return false;
        }
        throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .explainAwsError */ .N)(error, {
            action: `${service}:CreateRepository`,
            region,
            source: registries.credentials.name,
        });
    }
}
/** A repository comes to be in the registry of who asks, whatever alias the image has. */
function foreignAlias(name, own) {
    return new _failure_js__WEBPACK_IMPORTED_MODULE_0__/* .Failure */ .HR({
        code: 'repository-create-failed',
        message: `There is no repository ${name}, and it cannot be created: this identity's own registry is ${own.replace(/\/[^/]*$/, '')}.`,
        hint: 'Correct the alias in imageRegistryPath, or create the repository with the account that has it.',
    });
}


/***/ })

};
