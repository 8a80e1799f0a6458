#!/bin/sh
# create-certificates.sh [DIRECTORY]
# Makes an authority and certificates of it for the daemons and for their clients, in DIRECTORY (certificates, beside this
# script). Run again, it keeps the authority and renews the certificates. Needs openssl 1.1.1 or later.
set -eu

directory=${1:-$(dirname "$0")/certificates}
namespace=buildkit
# One name for each StatefulSet; it stands for all pods of it.
names='buildkitd-amd64 buildkitd-arm64'

umask 077
mkdir -p "$directory/authority" "$directory/server" "$directory/client"
cd "$directory"

new_key() {
  openssl ecparam -name prime256v1 -genkey -noout -out "$1"
}

# request SUBJECT: an openssl configuration, so that nothing of the one of the machine counts
request() {
  printf '[req]\nprompt = no\ndistinguished_name = subject\n[subject]\nCN = %s\n' "$1"
}

# certificate WHO USE [ALTERNATIVE-NAMES]
certificate() {
  request "buildkitd $1" >request.cnf
  {
    printf 'basicConstraints = critical, CA:false\nkeyUsage = critical, digitalSignature\nextendedKeyUsage = %s\n' "$2"
    printf 'subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n'
    if [ $# -gt 2 ]; then
      printf 'subjectAltName = %s\n' "$3"
    fi
  } >extensions.cnf
  new_key "$1/key.pem"
  openssl req -new -sha256 -config request.cnf -key "$1/key.pem" -out request.pem
  openssl x509 -req -sha256 -days 365 -in request.pem -extfile extensions.cnf \
    -CA authority/ca.pem -CAkey authority/key.pem -set_serial "0x$(openssl rand -hex 16)" -out "$1/cert.pem" 2>said || {
    cat said >&2
    exit 1
  }
  cp authority/ca.pem "$1/ca.pem"
  rm request.cnf request.pem extensions.cnf said
}

if [ -f authority/ca.pem ] && [ ! -f authority/key.pem ]; then
  echo "authority/key.pem is missing: put it back, or delete authority/ca.pem for a new authority." >&2
  exit 1
fi
if [ ! -f authority/ca.pem ]; then
  {
    request 'buildkitd authority'
    printf '[authority]\nbasicConstraints = critical, CA:true, pathlen:0\nkeyUsage = critical, keyCertSign\n'
    printf 'subjectKeyIdentifier = hash\n'
  } >request.cnf
  new_key authority/key.pem
  openssl req -x509 -new -sha256 -days 3650 -config request.cnf -extensions authority \
    -key authority/key.pem -out authority/ca.pem
  rm request.cnf
fi

alternatives=
for name in $names; do
  for host in "$name.$namespace.svc" "$name.$namespace.svc.cluster.local"; do
    alternatives="$alternatives${alternatives:+, }DNS:*.$host"
  done
done
certificate server serverAuth "$alternatives"
certificate client clientAuth

echo "Created in $(pwd):"
echo "  server/     for the daemons; kubectl apply -k puts it into the cluster"
echo "  client/     for the action: ca.pem, cert.pem, key.pem"
echo "  authority/  keep its key.pem in a safe place, or delete it"
