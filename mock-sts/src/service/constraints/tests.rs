use super::*;

fn fields(query: &str) -> Fields<'_> {
    form_urlencoded::parse(query.as_bytes()).collect()
}

/// What is wrong with a call, `_` for its fixed beginning.
fn wrong(action: Action, query: &str) -> String {
    match check(action, &fields(query)) {
        Ok(()) => String::new(),
        Err(refusal) => refusal
            .to_string()
            .replace("failed to satisfy constraint: Member must", "must")
            .replace("ValidationError: 1 validation error detected: Value ", "_ "),
    }
}

const ROLE: &str = "RoleArn=arn:aws:iam::123456789012:role/ci&RoleSessionName=job";

#[test]
fn what_is_right_passes() {
    let table = [
        (Action::AssumeRole, ROLE.to_owned()),
        (
            Action::AssumeRole,
            format!(
                "{ROLE}&Tags.member.1.Key=Team é&Tags.member.1.Value=&TransitiveTagKeys.member.1=Team é\
                 &ExternalId=a/b:c&SerialNumber=arn:aws:iam::123456789012:mfa/ada&TokenCode=123456\
                 &SourceIdentity=ada&MinimumSessionTokenSize=%2B4096&DurationSeconds=0900\
                 &PolicyArns.member.1.arn=arn:aws:iam::aws:policy/ReadOnlyAccess"
            ),
        ),
        (Action::GetSessionToken, "DurationSeconds=129600".into()),
        (Action::GetAccessKeyInfo, "AccessKeyId=AKIAIOSFODNN7EXAMPLE".into()),
        (
            Action::AssumeRoot,
            "TargetPrincipal=123456789012\
             &TaskPolicyArn.arn=arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"
                .into(),
        ),
        (
            Action::GetWebIdentityToken,
            "Audience.member.1=https://a.example&SigningAlgorithm=ES384".into(),
        ),
    ];
    for (action, query) in table {
        assert_eq!(wrong(action, &query.replace('+', "%2B")), "", "{action} {query}");
    }
}

#[test]
fn what_lacks_is_null() {
    let table = [
        (Action::AssumeRoot, "_ null at 'targetPrincipal' must not be null"),
        (Action::AssumeRoleWithSaml, "_ null at 'sAMLAssertion' must not be null"),
        (Action::DecodeAuthorizationMessage, "_ null at 'encodedMessage' must not be null"),
        (Action::GetAccessKeyInfo, "_ null at 'accessKeyId' must not be null"),
        (Action::GetDelegatedAccessToken, "_ null at 'tradeInToken' must not be null"),
        (Action::GetFederationToken, "_ null at 'name' must not be null"),
        (Action::GetWebIdentityToken, "_ null at 'audience' must not be null"),
    ];
    for (action, expected) in table {
        let rest = "RoleArn=arn:aws:iam::123456789012:role/ci\
                    &PrincipalArn=arn:aws:iam::123456789012:saml-provider/x\
                    &TaskPolicyArn.arn=arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy\
                    &SigningAlgorithm=RS256";
        assert_eq!(wrong(action, rest), expected);
    }
    assert_eq!(
        wrong(Action::AssumeRole, ""),
        "ValidationError: 2 validation errors detected: Value null at 'roleArn' must not be null; \
         Value null at 'roleSessionName' must not be null"
    );
}

#[test]
fn each_parameter_has_its_bounds() {
    let table = [
        ("Tags.member.1.Key=a", "_ null at 'tags.1.member.value' must not be null"),
        (
            "Tags.member.3.Key=&Tags.member.3.Value=b",
            r"ValidationError: 2 validation errors detected: Value '' at 'tags.1.member.key' must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+; Value '' at 'tags.1.member.key' must have length greater than or equal to 1",
        ),
        (
            "Tags.member.1.Key=a&Tags.member.1.Value=b&Tags.member.2.Key=!&Tags.member.2.Value=d",
            r"_ '!' at 'tags.2.member.key' must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+",
        ),
        (
            "TransitiveTagKeys.member.1=",
            r"ValidationError: 2 validation errors detected: Value '' at 'transitiveTagKeys.1.member' must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+; Value '' at 'transitiveTagKeys.1.member' must have length greater than or equal to 1",
        ),
        ("TokenCode=12345", "_ '12345' at 'tokenCode' must have length greater than or equal to 6"),
        (
            "TokenCode=abc",
            r"ValidationError: 2 validation errors detected: Value 'abc' at 'tokenCode' must satisfy regular expression pattern: [\d]*; Value 'abc' at 'tokenCode' must have length greater than or equal to 6",
        ),
        (
            "SourceIdentity=a",
            "_ 'a' at 'sourceIdentity' must have length greater than or equal to 2",
        ),
        ("ExternalId=x", "_ 'x' at 'externalId' must have length greater than or equal to 2"),
        (
            "MinimumSessionTokenSize=4097",
            "_ '4097' at 'minimumSessionTokenSize' must have value less than or equal to 4096",
        ),
        (
            "DurationSeconds=43201",
            "_ '43201' at 'durationSeconds' must have value less than or equal to 43200",
        ),
        ("DurationSeconds=1h", "MalformedInput"),
        ("DurationSeconds=", "MalformedInput: missing value for decimal type"),
        (
            "ProvidedContexts.member.1.ContextAssertion=abc",
            "_ 'abc' at 'providedContexts.1.member.contextAssertion' must have length greater than or equal to 4",
        ),
        (
            "PolicyArns.member.1.arn=no-arn-but-long-enough",
            "ValidationError: no-arn-but-long-enough is invalid",
        ),
        (
            "PolicyArns.member.1.arn=short",
            "_ 'short' at 'policyArns.1.member.arn' must have length greater than or equal to 20",
        ),
    ];
    for (query, expected) in table {
        assert_eq!(wrong(Action::AssumeRole, &format!("{ROLE}&{query}")), expected);
    }
}

#[test]
fn the_other_operations_have_theirs() {
    let table = [
        (
            Action::GetSessionToken,
            "DurationSeconds=129601",
            "_ '129601' at 'durationSeconds' must have value less than or equal to 129600",
        ),
        (
            Action::GetFederationToken,
            "Name=a%20name",
            r"_ 'a name' at 'name' must satisfy regular expression pattern: [\w+=,.@-]*",
        ),
        (
            Action::GetAccessKeyInfo,
            "AccessKeyId=AKIA",
            "_ 'AKIA' at 'accessKeyId' must have length greater than or equal to 16",
        ),
        (
            Action::GetWebIdentityToken,
            "Audience.member.1=a&SigningAlgorithm=HS256&DurationSeconds=59",
            "ValidationError: 2 validation errors detected: Value 'HS256' at 'signingAlgorithm' must satisfy enum value set: [RS256, ES384]; Value '59' at 'durationSeconds' must have value greater than or equal to 60",
        ),
        (
            Action::GetWebIdentityToken,
            "Audience=&SigningAlgorithm=RS256",
            "_ '[0 members]' at 'audience' must have length greater than or equal to 1",
        ),
        (
            Action::AssumeRoot,
            "TargetPrincipal=1&TaskPolicyArn.arn=x&DurationSeconds=901",
            "ValidationError: 3 validation errors detected: Value '1' at 'targetPrincipal' must have length greater than or equal to 12; Value 'x' at 'taskPolicyArn.arn' must have length greater than or equal to 20; Value '901' at 'durationSeconds' must have value less than or equal to 900",
        ),
        (
            Action::AssumeRoleWithSaml,
            "RoleArn=arn:aws:iam::123456789012:role/ci&PrincipalArn=arn:aws:iam::123456789012:saml-provider/x&SAMLAssertion=abc",
            "_ '***' at 'sAMLAssertion' must have length greater than or equal to 4",
        ),
        (
            Action::DecodeAuthorizationMessage,
            "EncodedMessage=",
            "_ '' at 'encodedMessage' must have length greater than or equal to 1",
        ),
    ];
    for (action, query, expected) in table {
        assert_eq!(wrong(action, query), expected);
    }
}
