import { parseEcrHost } from '../plan/ecr-host.ts';
import { block, details } from './markdown.ts';

/**
 * How an image is pulled and deployed, by its digest: what a tag names may change before it is used.
 * @param image `registry/name@sha256:…`
 * @param platforms platform to digest
 */
export function useMarkdown(image: string, platforms: readonly (readonly [string, string])[]): string[] {
  const [repository = ''] = image.split('@');
  const [host = ''] = repository.split('/');
  const ecr = parseEcrHost(host);
  const region = ecr?.kind === 'private' ? ecr.region : undefined;
  const [, own] = platforms.find(([platform]) => platform === 'linux/amd64') ?? platforms[0] ?? [];
  // A function takes the manifest of one platform, from a private registry only.
  const single = platforms.length > 1 && own !== undefined ? `${repository}@${own}` : image;
  const login =
    region === undefined
      ? []
      : [`aws ecr get-login-password --region ${region} | docker login --username AWS --password-stdin ${host}`];
  const lines = [
    ...block([...login, `docker pull ${image}`].join('\n'), 'sh'),
    'Amazon ECS, in the task definition; Kubernetes, in the pod:',
    ...block(`"image": "${image}"`, 'json'),
    ...block(`kubectl set image deployment/NAME CONTAINER=${image}`, 'sh'),
    ...(ecr?.kind === 'public'
      ? []
      : [
          'AWS Lambda, which takes one platform:',
          ...block(`aws lambda update-function-code --function-name NAME --image-uri ${single}`, 'sh'),
        ]),
  ];
  return details('<b>Pull or deploy it</b> by digest: docker, ECS, Kubernetes, Lambda', lines);
}
