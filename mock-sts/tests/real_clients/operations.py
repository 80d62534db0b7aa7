"""Calls every operation of STS with a user's static keys, and prints what came
of each: the operation, and a word that only the right answer has.
"""

import base64
import sys
import urllib.request

import boto3
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::123456789012:role/ci"
POLICY = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}'
ASSERTION = "<Response><Issuer>https://idp.example</Issuer><NameID>ada</NameID></Response>"


def client_of(credentials):
    return boto3.client(
        "sts",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def who(answer):
    return client_of(answer["Credentials"]).get_caller_identity()["Arn"].split(":", 5)[5]


def refused(call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        return type(error).__name__, error.response["Error"]["Code"]
    return "nothing was refused"


sts = boto3.client("sts", aws_access_key_id=sys.argv[1], aws_secret_access_key=sys.argv[2])

role = sts.assume_role(
    RoleArn=ROLE,
    RoleSessionName="one",
    SourceIdentity="ada",
    Policy=POLICY,
    PolicyArns=[{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
    Tags=[{"Key": "team", "Value": "a"}],
    TransitiveTagKeys=["team"],
    MinimumSessionTokenSize=1024,
)
print("AssumeRole", who(role), role["SourceIdentity"], role["PackedPolicySize"], role["SessionTokenSize"])
chained = client_of(role["Credentials"]).assume_role(RoleArn=ROLE, RoleSessionName="two")
print("AssumeRole", who(chained), chained["SourceIdentity"])
saml = sts.assume_role_with_saml(
    RoleArn=ROLE,
    PrincipalArn="arn:aws:iam::123456789012:saml-provider/corp",
    SAMLAssertion=base64.b64encode(ASSERTION.encode()).decode(),
)
print("AssumeRoleWithSAML", who(saml), saml["Issuer"], saml["Subject"], saml["NameQualifier"])
root = sts.assume_root(
    TargetPrincipal="210987654321",
    TaskPolicyArn={"arn": "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"},
)
print("AssumeRoot", who(root))
print(
    "DecodeAuthorizationMessage",
    *refused(sts.decode_authorization_message, EncodedMessage="abc"),
)
print("GetAccessKeyInfo", sts.get_access_key_info(AccessKeyId=sys.argv[1])["Account"])
print("GetDelegatedAccessToken", *refused(sts.get_delegated_access_token, TradeInToken="abcd"))
federated = sts.get_federation_token(Name="bob", Policy=POLICY)
print("GetFederationToken", who(federated), federated["FederatedUser"]["FederatedUserId"])
session = sts.get_session_token(SerialNumber="arn:aws:iam::123456789012:mfa/ada", TokenCode="123456")
print("GetSessionToken", who(session))
print("GetSessionToken", *refused(client_of(session["Credentials"]).get_session_token))
presigned = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
with urllib.request.urlopen(presigned) as answer:
    print("GetCallerIdentity", answer.status, b":user/deploy<" in answer.read())
token = sts.get_web_identity_token(Audience=["https://api.example"], SigningAlgorithm="ES384")
print("GetWebIdentityToken", token["WebIdentityToken"].count("."), token["Expiration"].tzname())
