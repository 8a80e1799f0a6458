#!/bin/sh
# with-node24.sh SCRIPT.ts [args]
# Runs a TypeScript script of this project on the Node that the lockfile pins, whatever Node npm itself runs on.
# Installs the npm packages first when they are missing or belong to another package-lock.json.
set -eu

script=$1
shift
case $script in
  /*) ;;
  *) script=$PWD/$script ;;
esac
cd "$(dirname "$0")/.."

lock_hash() {
  cksum_line=$(sha256sum package-lock.json)
  echo "${cksum_line%% *}"
}

installed() {
  [ -f node_modules/.lock-sha ] && [ "$(cat node_modules/.lock-sha)" = "$(lock_hash)" ]
}

if ! installed; then
  # The lockfile doubles as lock: it always exists, and npm ci leaves it alone while it replaces node_modules.
  exec 9<package-lock.json
  if command -v flock >/dev/null 2>&1; then
    flock 9
  fi
  if ! installed; then
    echo "Installing the npm packages of package-lock.json, about half a minute ..." >&2
    npm ci --ignore-scripts --no-fund --no-audit --loglevel=error </dev/null >&2 || {
      echo "npm ci failed: the npm packages of this project could not be installed." >&2
      exit 1
    }
    lock_hash >node_modules/.lock-sha
  fi
  exec 9<&-
fi

node=node_modules/.bin/node
if [ ! -x "$node" ]; then
  # The pinned Node exists as a package for Linux on x64 and arm64 only.
  node=$(command -v node || true)
  major=$("${node:-false}" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
  if [ "$major" -lt 24 ]; then
    echo "Node 24 or newer is needed, and no pinned copy of it exists for $(uname -sm): install Node 24 first." >&2
    exit 1
  fi
else
  node=$PWD/$node
  # npm, npx and tools with a node shebang that the script starts shall run on the same Node.
  PATH=$PWD/node_modules/.bin:$PATH
  export PATH
fi

exec "$node" "$script" "$@"
