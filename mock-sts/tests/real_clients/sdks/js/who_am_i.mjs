// Asks STS who it is and prints the ARN, or `CODE: MESSAGE` on stderr.
// The argument says where credentials come from: `implicit` is the SDK's own
// chain of providers, `explicit` a call of AssumeRoleWithWebIdentity.
import { readFileSync } from "node:fs";
import {
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
} from "@aws-sdk/client-sts";

async function explicitCredentials() {
  const command = new AssumeRoleWithWebIdentityCommand({
    RoleArn: process.env.AWS_ROLE_ARN,
    RoleSessionName: process.env.AWS_ROLE_SESSION_NAME,
    WebIdentityToken: readFileSync(process.env.AWS_WEB_IDENTITY_TOKEN_FILE, "ascii"),
  });
  const { Credentials: granted } = await new STSClient({}).send(command);
  return {
    accessKeyId: granted.AccessKeyId,
    secretAccessKey: granted.SecretAccessKey,
    sessionToken: granted.SessionToken,
  };
}

try {
  const config = process.argv[2] === "explicit" ? { credentials: await explicitCredentials() } : {};
  const me = await new STSClient(config).send(new GetCallerIdentityCommand({}));
  console.log(me.Arn);
} catch (error) {
  console.error(`${error.Code ?? error.code ?? error.name}: ${error.message}`);
  process.exitCode = 1;
}
