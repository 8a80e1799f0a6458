import type { Environment } from '../runner.ts';

const VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'];

/** The passwords in the addresses of proxies, as they are written there and as they are meant. */
export function proxySecrets(env: Environment): string[] {
  const passwords = VARIABLES.flatMap((name) => {
    const written = /^(?:[a-z][a-z0-9+.-]*:\/\/)?[^:@/]*:(?!\/\/)(?<password>.+)@/i.exec(env[name]?.trim() ?? '');
    const { password } = written?.groups ?? {};
    return password === undefined ? [] : [password, decode(password)];
  });
  return [...new Set(passwords)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
