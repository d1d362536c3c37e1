import type { HttpRequest } from './http.js';

/** Where requests are signed for. Without `endpoint`, Amazon's own of the region. */
export interface S3Account {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly region: string;
  readonly endpoint?: string | undefined;
}

/** The account that the usual variables tell; undefined where the keys are not set. */
export function s3Account(environment: Readonly<Record<string, string | undefined>>): S3Account | undefined {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment;
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return {
    accessKeyId,
    secretAccessKey,
    sessionToken: environment.AWS_SESSION_TOKEN,
    region: environment.AWS_REGION ?? environment.AWS_DEFAULT_REGION ?? 'us-east-1',
    endpoint: environment.AWS_ENDPOINT_URL_S3 ?? environment.AWS_ENDPOINT_URL,
  };
}

/** `s3://bucket/prefix` as the address that requests go to; other endpoints than Amazon's take the bucket in the path. */
export function s3Address(bucket: string, prefix: string, { region, endpoint }: S3Account): URL {
  const path = prefix.replace(/^\/+|\/+$/g, '');
  const base =
    endpoint === undefined
      ? `https://${bucket}.s3.${region}.amazonaws.com/`
      : `${endpoint.replace(/\/+$/, '')}/${bucket}/`;
  return new URL(path === '' ? base : `${base}${path}/`);
}

/** Signs requests by AWS Signature Version 4, the digest of the body included. aws4fetch is loaded by the first. */
export function s3Signing(account: S3Account): (request: HttpRequest) => Promise<Readonly<Record<string, string>>> {
  return async ({ method, url, headers, digest }) => {
    const { AwsV4Signer } = await import('aws4fetch');
    const { 'content-length': _, ...rest } = headers;
    const signer = new AwsV4Signer({
      method,
      url: url.href,
      headers: { ...rest, 'x-amz-content-sha256': digest },
      accessKeyId: account.accessKeyId,
      secretAccessKey: account.secretAccessKey,
      ...(account.sessionToken === undefined ? {} : { sessionToken: account.sessionToken }),
      service: 's3',
      region: account.region,
      allHeaders: true,
    });
    return Object.fromEntries((await signer.sign()).headers);
  };
}
