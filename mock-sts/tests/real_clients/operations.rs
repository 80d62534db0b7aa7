//! boto3 calls every operation, signed by its own implementation of SigV4.

use std::path::Path;
use std::process::Command;

use crate::stage::{Situation, run};
use crate::venv;

#[test]
fn boto3_reads_the_answer_to_every_operation() {
    let Some(python) = venv::boto3() else { return };
    let mut python = Command::new(python);
    python.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real_clients/operations.py"));
    python.args(["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"]);
    let outcome = run(python, Situation::Permissive);
    let expected = [
        "AssumeRole assumed-role/ci/one ada 6 1024",
        "AssumeRole assumed-role/ci/two ada",
        "AssumeRoleWithSAML assumed-role/ci/ada https://idp.example ada 39jJqmN7NZK8bgXNpJN4CWtSfOY=",
        "AssumeRoot root",
        "DecodeAuthorizationMessage InvalidAuthorizationMessageException \
         InvalidAuthorizationMessageException",
        "GetAccessKeyInfo 123456789012",
        "GetDelegatedAccessToken ClientError AccessDenied",
        "GetFederationToken federated-user/bob 123456789012:bob",
        "GetSessionToken user/deploy",
        "GetSessionToken ClientError AccessDenied",
        "GetCallerIdentity 200 True",
        "GetWebIdentityToken 2 UTC",
    ];
    assert_eq!((&*outcome.stdout, &*outcome.stderr), (&*expected.join("\n"), ""));
    assert!(outcome.succeeded, "it did not exit with 0");
}
