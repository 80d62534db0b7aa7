//! What a user reads when a mock's file is wrong: one snapshot a message.

use std::time::Duration;

use mock_sts::config::check::{load, mock_config};
use mock_sts::config::file::MockFile;
use mock_sts::config::file::parse::parse;
use mock_sts::config::problem::Problems;
use mock_sts::config::{
    Condition, ExternalConfig, Identities, InFlight, LimitConfig, LimitRule, MfaConditions,
    MfaDevice, Mode, Operator, PROFILES, Refill, RoleConfig, Scope, Signatures, TokenFaults,
    UserConfig,
};
use mock_sts::idp::{Algorithm, Preset, Rotation};
use mock_sts::latency::Latency;
use proptest::prelude::*;

/// Everything that is wrong with `text`, as it is shown.
fn problems(text: &str) -> String {
    match load("mock.toml", text) {
        Ok(_) => "nothing is wrong".into(),
        Err(invalid) => invalid.render(false),
    }
}

/// One file a message; each is its own snapshot, named like the file.
const WRONG: &[(&str, &str)] = &[
    ("syntax", "[service]\naccount = \n"),
    ("syntax-on-several-lines", "[service]\naccount = = 1\nregion = us\n[idp\n"),
    ("duplicate-key", "[idp]\nissuer = \"https://a.example\"\nissuer = \"https://b.example\"\n"),
    ("unknown-table", "[sevice]\nprofile = \"github-2021\"\n"),
    ("unknown-key", "[service.verification-key]\nhots = 3\n"),
    (
        "unknown-keys-and-a-bad-value",
        "[service]\nreigon = \"eu-west-1\"\naccount = \"12\"\n[idp]\nwhatever = 1\n",
    ),
    ("wrong-type", "[service]\naccount = 123456789012\nclose-on-error = \"yes\"\nlimits = 3\n"),
    ("float-for-count", "[service.verification-key]\nhosts = 1.5\n"),
    ("number-for-duration", "[service.verification-key]\nttl = 20\n"),
    (
        "missing-key",
        "[service]\nlimits = [{ token-bucket = { per = \"role\", rate = \"600/s\" } }]\n",
    ),
    (
        "misspelt-required-key",
        "[service]\nlimits = [{ token-bucket = { per = \"role\", rate = \"600/s\", brust = 1 } }]\n",
    ),
    ("unknown-choice-in-text", "[service.verification-key]\nin-flight = \"seperate\"\n"),
    ("unknown-choice-in-key", "[service]\nlatency.lognorml = { median = \"1s\", sigma = 0.5 }\n"),
    ("no-choice", "[service]\nlatency = {}\n"),
    ("several-choices", "[service.latency]\nfixed = \"1s\"\nexponential = { mean = \"1s\" }\n"),
    ("choice-without-its-table", "[service]\nlatency = \"uniform\"\n"),
    ("choice-of-the-wrong-type", "[service]\nlatency = 5\n"),
    ("unknown-profile", "[service]\nprofile = \"github-2012\"\n"),
    ("wild-profile", "[service]\nprofile = \"production\"\n"),
    ("account", "[service]\naccount = \"1234-5678\"\n"),
    ("region", "[service]\nregion = \"US East\"\n"),
    ("not-a-duration", "[service.verification-key]\nttl = \"an hour\"\n"),
    ("duration-in-days", "[service.verification-key]\nttl = \"2d\"\n"),
    ("absurd-duration", "[idp]\ntoken-lifetime = \"2000000h\"\n"),
    ("negative-duration", "[service.verification-key]\nttl = \"-1s\"\n"),
    ("long-duration", "[service.verification-key]\nttl = \"25h\"\n"),
    ("zero-deadline", "[service.verification-key]\ndeadline = \"0s\"\n"),
    ("hosts", "[service.verification-key]\nhosts = 0\n"),
    ("concurrency", "[service.verification-key.provider]\nconcurrency = -1\nqueue = -1\n"),
    ("uniform", "[service]\nlatency.uniform = { min = \"2s\", max = \"1s\" }\n"),
    ("sigma", "[service]\nlatency.lognormal = { median = \"1s\", sigma = nan }\n"),
    ("median", "[service]\nlatency.lognormal = { median = \"0s\", sigma = 1 }\n"),
    ("rate", "[service.verification-key.provider]\nrate = \"fast\"\n"),
    (
        "rate-of-a-fraction",
        "[service]\nlimits = [{ token-bucket = { per = \"role\", rate = \"90/m\", burst = 1 } }]\n",
    ),
    (
        "burst",
        "[service]\nlimits = [{ token-bucket = { per = \"role\", rate = \"1/s\", burst = 0 } }]\n",
    ),
    ("no-roles", "[service]\nroles = []\n"),
    ("arn", "[[service.roles]]\narn = \"ci\"\n"),
    ("role-of-another-account", "[[service.roles]]\narn = \"arn:aws:iam::210987654321:role/ci\"\n"),
    (
        "duplicate-role",
        "[service]\nroles = [\n  { arn = \"arn:aws:iam::123456789012:role/ci\" },\n  { arn = \"arn:aws:iam::123456789012:role/ci\" },\n]\n",
    ),
    (
        "max-session",
        "[[service.roles]]\narn = \"arn:aws:iam::123456789012:role/ci\"\nmax-session = \"15m\"\n",
    ),
    (
        "no-subjects",
        "[[service.roles]]\narn = \"arn:aws:iam::123456789012:role/ci\"\nsubjects = []\naudiences = [\"\"]\n",
    ),
    (
        "users",
        "[[service.users]]\nname = \"a b\"\naccess-key-id = \"ASIAX\"\nsecret-access-key = \"x\"\n",
    ),
    (
        "duplicate-user",
        "[service]\nusers = [\n  { name = \"a\", access-key-id = \"AKIAIOSFODNN7EXAMPLE\", secret-access-key = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\" },\n  { name = \"a\", access-key-id = \"AKIAIOSFODNN7EXAMPLE\", secret-access-key = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\" },\n]\n",
    ),
    (
        "mfa-device",
        "[[service.users]]\nname = \"ada\"\naccess-key-id = \"AKIAIOSFODNN7EXAMPLE\"\nsecret-access-key = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\"\nmfa = [\n  { serial = \"ada\", secret = \"123456\" },\n  { serial = \"ada\", secret = \"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\" },\n]\n",
    ),
    ("unknown-mode", "[service]\nmode = \"lax\"\nsignatures = \"verifed\"\n"),
    ("disabled-region", "[service]\ndisabled-regions = [\"Milan\"]\n"),
    (
        "other-regions",
        "[service]\nregion = \"eu-west-1\"\nother-regions = [\"us-west-2\", \"eu-west-1\"]\n",
    ),
    ("other-region", "[service]\nother-regions = [\"Milan\"]\n"),
    ("member-account", "[service]\nmember-accounts = [\"12\"]\n"),
    (
        "trust",
        "[[service.roles]]\narn = \"arn:aws:iam::123456789012:role/ci\"\ntrusts = [\"ci\", \"arn:aws:iam::1:root\"]\nexternal-id = \"a b\"\n",
    ),
    (
        "conditions",
        "[[service.roles]]\narn = \"arn:aws:iam::123456789012:role/ci\"\nconditions.string-like = { environment = [] }\n",
    ),
    (
        "saml-provider",
        "[service]\nsaml-providers = [\n  { arn = \"corp\", issuer = \"\", certificates = [] },\n  { arn = \"corp\", issuer = \"i\", certificates = [\"MIIC\"] },\n]\n",
    ),
    (
        "mfa-conditions",
        "[[service.roles]]\narn = \"arn:aws:iam::123456789012:role/ci\"\nconditions.bool = { \"aws:MultiFactorAuthpresent\" = true }\nconditions.numeric-less-than = { \"aws:MultiFactorAuthAge\" = 0 }\n",
    ),
    (
        "unknown-operator",
        "[[service.roles]]\narn = \"arn:aws:iam::123456789012:role/ci\"\nconditions.string-equal = { environment = [\"prod\"] }\n",
    ),
    ("thumbprint", "[idp]\nthumbprints = [\"69:38\"]\ncertificate-thumbprint = \"x\"\n"),
    ("thumbprints", "[idp]\nthumbprints = [\"\", \"\", \"\", \"\", \"\", \"\"]\n"),
    ("issuer-without-tls", "[idp]\nissuer = \"http://token.example.com\"\n"),
    ("issuer-with-port", "[idp]\nissuer = \"https://token.example.com:8443\"\n"),
    ("issuer-without-host", "[idp]\nissuer = \"https:///\"\n"),
    ("issuer-with-a-query", "[idp]\nissuer = \"https://token.example.com/a?b\"\n"),
    ("token-lifetime", "[idp]\ntoken-lifetime = \"1500ms\"\n"),
    ("unknown-idp-preset", "[idp]\npreset = \"gitlub\"\n"),
    ("claims-of-another-preset", "[idp]\npreset = \"gitlab\"\nclaims.environment = \"prod\"\n"),
    (
        "claims",
        "[idp.claims]\nenvironment = \"\"\npull-request = 0\njob-workflow-ref = \"deploy.yml\"\n",
    ),
    ("algorithm", "[idp]\nalgorithm = \"HS256\"\nrotate-every = \"500ms\"\n"),
    ("overlap-alone", "[idp]\nrotation-overlap = \"1m\"\n"),
    ("long-overlap", "[idp]\nrotate-every = \"1m\"\nrotation-overlap = \"2m\"\n"),
    ("idp-name", "[idp]\nname = \"github\"\n"),
    ("idps-names", "[[idps]]\npreset = \"gitlab\"\n[[idps]]\nname = \"token\"\npreset = \"eks\"\n"),
    (
        "idps-twice",
        "[[idps]]\nname = \"a\"\npreset = \"gitlab\"\n[[idps]]\nname = \"a\"\npreset = \"eks\"\n",
    ),
    (
        "idps-same-issuer",
        "[[idps]]\nname = \"gitlab\"\npreset = \"gitlab\"\n[[idps]]\nname = \"eks\"\npreset = \"gitlab\"\n",
    ),
    ("idps-issuer-of-default", "[[idps]]\nname = \"other\"\ntoken-lifetime = \"10m\"\n"),
    (
        "token-faults",
        "[idp.token-faults]\npending-for = \"25h\"\nerror-rate = \"0.05\"\nhang = \"101%\"\nslow = { share = \"x%\", latency.fixed = \"1s\" }\n",
    ),
    ("external-default", "[idp]\nissuer = \"https://idp.example.com\"\nexternal = {}\n"),
    ("external-nameless", "[[idps]]\nname = \"corp\"\nexternal = {}\n"),
    (
        "external-and-ours",
        "[[idps]]\nname = \"corp\"\nissuer = \"https://idp.example.com\"\nalgorithm = \"ES256\"\n\
         external = { hosts = [\"https://keys.example.com\"], connect = \"localhost\" }\n",
    ),
    ("cache-control", "[idp]\ncache-control = \"no-cache\\r\\nx: y\"\n"),
];

#[test]
fn every_mistake_has_its_message() {
    for (name, text) in WRONG {
        insta::assert_snapshot!(*name, problems(text), text);
    }
}

/// A file that sets every key there is.
const WHOLE: &str = concat!(
    r#"[service]
profile = "cacheable-keys"
account = "210987654321"
region = "eu-central-1"
other-regions = ["eu-west-1", "eu-south-1"]
latency.fixed = "5ms"
close-on-error = false
mode = "permissive"
signatures = "unchecked"
member-accounts = ["345678901234"]
disabled-regions = ["eu-south-1"]
outbound-federation = true
users = [
  { name = "ada", access-key-id = "AKIAEXAMPLEEXAMPLE23", secret-access-key = "EXAMPLEKEY/EXAMPLEKEY+EXAMPLEKEYEXAMPLEK", mfa = [{ serial = "arn:aws:iam::123456789012:mfa/ada", secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" }] },
]
limits = [
  { token-bucket = { per = "role", rate = "600/m", burst = 20, refill = "continuous" } },
  { token-bucket = { per = "account-region", rate = "100/s", burst = 100 } },
]

[[service.roles]]
arn = "arn:aws:iam::210987654321:role/deploy/ci"
audiences = ["sts.amazonaws.com", "other"]
subjects = ["repo:octo-org/app:*"]
conditions.string-equals = { environment = ["prod"] }
conditions.string-like = { job_workflow_ref = ["octo-org/a/*", "octo-org/b/*"] }
conditions.bool = { "aws:MultiFactorAuthPresent" = true }
conditions.bool-if-exists = { "aws:MultiFactorAuthPresent" = true }
conditions.numeric-less-than = { "aws:MultiFactorAuthAge" = 3600 }
trusts = ["123456789012", "arn:aws:iam::210987654321:role/ci"]
external-id = "agreed"
max-session = "2h"

[service.verification-key]
hosts = 3
ttl = "1m"
negative-ttl = "2s"
in-flight = "separate"
deadline = "4s"

[service.verification-key.provider]
concurrency = 2
queue = 7
latency.uniform = { min = "1s", max = "2s" }
rate = "50/s"

[idp]
preset = "github-immutable"
claims = { environment = "prod", pull-request = 12, job-workflow-ref = "o/r/ci.yml@main" }
issuer = "https://idp.example.com/tenant"
audiences = ["sts.amazonaws.com"]
thumbprints = ["6938FD4D98BAB03FAADB97B34396831E3780AEA1"]
certificate-thumbprint = "1c58a3a8518e8759bf075b76b750d4f2df264fcd"
token-lifetime = "10m"
cache-control = "max-age=60"
algorithm = "ES384"
rotate-every = "1h"
rotation-overlap = "1m"
token-latency.exponential = { mean = "20ms" }
token-faults = { pending-for = "5s", error-rate = "5%", hang = "0.5%", slow = { share = "10%", latency.fixed = "3s" } }

[[idps]]
name = "cluster"
preset = "eks"

[[idps]]
name = "corp"
issuer = "https://idp.example.com"
external = { hosts = ["Keys.example.com"], ca-file = "ca.pem", connect = "127.0.0.1:8443" }

[[service.saml-providers]]
arn = "arn:aws:iam::210987654321:saml-provider/corp"
issuer = "https://idp.example/metadata"
certificates = ["""
"#,
    include_str!("saml/cert.pem"),
    "\"\"\"]\n"
);

fn bucket(per: Scope, rate_per_s: u64, burst: u64, refill: Refill) -> LimitConfig {
    LimitConfig { per, rule: LimitRule::TokenBucket { rate_per_s, burst, refill } }
}

#[test]
fn an_empty_file_is_the_first_profile() {
    assert_eq!(load("mock.toml", "").expect("nothing is wrong"), PROFILES[0].config());
}

#[test]
fn every_key_arrives() {
    let config = load("mock.toml", WHOLE).expect("nothing is wrong");
    assert_eq!(config.profile, "cacheable-keys");
    let service = config.service;
    assert_eq!((&*service.account, &*service.region), ("210987654321", "eu-central-1"));
    assert_eq!(service.latency, Latency::Fixed(Duration::from_millis(5)));
    assert!(!service.close_on_error);
    assert_eq!(
        service.limits,
        [
            bucket(Scope::Role, 10, 20, Refill::Continuous),
            bucket(Scope::AccountRegion, 100, 100, Refill::EachSecond),
        ]
    );
    assert_eq!(
        service.roles,
        [RoleConfig {
            arn: "arn:aws:iam::210987654321:role/deploy/ci".into(),
            name: "ci".into(),
            audiences: vec!["sts.amazonaws.com".into(), "other".into()],
            subjects: vec!["repo:octo-org/app:*".into()],
            conditions: vec![
                Condition {
                    operator: Operator::StringEquals,
                    claim: "environment".into(),
                    values: vec!["prod".into()],
                },
                Condition {
                    operator: Operator::StringLike,
                    claim: "job_workflow_ref".into(),
                    values: vec!["octo-org/a/*".into(), "octo-org/b/*".into()],
                },
            ],
            mfa: MfaConditions {
                present: Some(true),
                present_if_exists: Some(true),
                younger_than_s: Some(3600),
            },
            trusts: vec!["123456789012".into(), "arn:aws:iam::210987654321:role/ci".into()],
            external_id: Some("agreed".into()),
            max_session: Duration::from_secs(7200),
        }]
    );
    let keys = service.verification_key;
    assert_eq!((keys.hosts, keys.in_flight), (3, InFlight::Separate));
    let seconds = [keys.ttl, keys.negative_ttl, keys.deadline].map(|time| time.as_secs());
    assert_eq!(seconds, [60, 2, 4]);
    let provider = keys.provider;
    assert_eq!((provider.concurrency, provider.queue, provider.rate_per_s), (2, 7, Some(50)));
}

#[test]
fn every_key_about_identity_providers_arrives() {
    let config = load("mock.toml", WHOLE).expect("nothing is wrong");
    assert_eq!((&*config.idp.name, &*config.idps[0].name), ("", "cluster"));
    let external = ExternalConfig {
        hosts: vec!["keys.example.com".into()],
        ca_file: Some("ca.pem".into()),
        connect: Some(([127, 0, 0, 1], 8443).into()),
    };
    assert_eq!(config.idps[1].external, Some(external));
    assert_eq!(config.idps[0].token_lifetime, Duration::from_secs(86_400));
    let idp = config.idp;
    let (every, overlap) = (Duration::from_secs(3600), Duration::from_secs(60));
    let faults = TokenFaults {
        pending_for: Duration::from_secs(5),
        error_share: 0.05,
        slow_share: 0.1,
        slow: Latency::Fixed(Duration::from_secs(3)),
        hang_share: 0.005,
    };
    assert_eq!(idp.token_faults, faults);
    assert_eq!(idp.algorithm, Algorithm::Es384);
    assert_eq!(idp.rotation, Some(Rotation { every, overlap }));
    assert_eq!(idp.preset, Preset::GithubImmutable);
    assert_eq!(idp.claims.environment.as_deref(), Some("prod"));
    assert_eq!(idp.claims.pull_request, Some(12));
    assert_eq!(idp.claims.job_workflow_ref.as_deref(), Some("o/r/ci.yml@main"));
    assert_eq!(idp.issuer, "https://idp.example.com/tenant");
    assert_eq!(idp.token_lifetime, Duration::from_secs(600));
    assert_eq!(idp.cache_control, "max-age=60");
    assert_eq!(idp.token_latency, Latency::Exponential { mean: Duration::from_millis(20) });
}

#[test]
fn every_key_about_identities_arrives() {
    let config = load("mock.toml", WHOLE).expect("nothing is wrong");
    let (mut service, idp) = (config.service, config.idp);
    let saml = std::mem::take(&mut service.identities.saml_providers);
    let [saml] = &saml[..] else { panic!("one provider, not {saml:?}") };
    assert_eq!(saml.arn, "arn:aws:iam::210987654321:saml-provider/corp");
    assert_eq!((&*saml.issuer, saml.keys.len()), ("https://idp.example/metadata", 1));
    assert_eq!(service.other_regions, ["eu-west-1", "eu-south-1"]);
    let numbers = ["eu-central-1", "eu-west-1", "eu-south-1", "us-east-1"]
        .map(|name| service.region_number(name));
    assert_eq!((service.regions(), numbers), (3, [Some(0), Some(1), Some(2), None]));
    assert_eq!(
        service.identities,
        Identities {
            users: vec![UserConfig {
                name: "ada".into(),
                access_key_id: "AKIAEXAMPLEEXAMPLE23".into(),
                secret_access_key: "EXAMPLEKEY/EXAMPLEKEY+EXAMPLEKEYEXAMPLEK".into(),
                mfa: vec![MfaDevice {
                    serial: "arn:aws:iam::123456789012:mfa/ada".into(),
                    secret: b"12345678901234567890".to_vec(),
                }],
            }],
            saml_providers: Vec::new(),
            mode: Mode::Permissive,
            signatures: Signatures::Unchecked,
            member_accounts: vec!["345678901234".into()],
            disabled_regions: vec!["eu-south-1".into()],
            outbound_federation: true,
        }
    );
    assert_eq!(idp.thumbprints, ["6938fd4d98bab03faadb97b34396831e3780aea1"]);
    assert_eq!(
        idp.certificate_thumbprint.as_deref(),
        Some("1c58a3a8518e8759bf075b76b750d4f2df264fcd")
    );
}

#[test]
fn what_a_file_changes_is_told() {
    let mut problems = Problems::default();
    let text = "[service]\nlimits = []\n[service.verification-key.provider]\nqueue = 7\n\
                [idp]\ncache-control = \"\"\n";
    let file: MockFile = parse(text, &mut problems).expect("it is read");
    let checked = mock_config(file.service.as_ref(), file.idp.as_ref(), &mut problems);
    assert_eq!(
        checked.expect("nothing is wrong").overridden,
        [
            "service.limits",
            "service.limits.refill",
            "service.verification-key.provider.queue",
            "idp.cache-control"
        ]
    );
}

#[test]
fn the_profiles_roles_follow_the_account() {
    let config = load("mock.toml", "[service]\naccount = \"210987654321\"\n");
    let roles = config.expect("nothing is wrong").service.roles;
    assert_eq!(roles[0].arn, "arn:aws:iam::210987654321:role/ci");
}

#[test]
fn a_preset_brings_its_numbers_and_the_profiles_roles_admit_its_jobs() {
    let mut problems = Problems::default();
    let text = "[idp]\npreset = \"gitlab\"\ntoken-lifetime = \"30m\"\n";
    let file: MockFile = parse(text, &mut problems).expect("it is read");
    let checked = mock_config(file.service.as_ref(), file.idp.as_ref(), &mut problems);
    let checked = checked.expect("nothing is wrong");
    let overridden =
        ["idp.preset", "idp.issuer", "idp.audiences", "idp.token-lifetime", "idp.cache-control"];
    assert_eq!(checked.overridden, overridden);
    assert_eq!(checked.config.idp.token_lifetime, Duration::from_secs(1800));
    let role = &checked.config.service.roles[0];
    assert_eq!(role.audiences, ["https://gitlab.com"]);
    assert_eq!(role.subjects, ["project_path:octo-org/*"]);
}

proptest! {
    /// Damage to a good file comes much nearer to what is accepted than noise.
    #[test]
    fn no_text_makes_the_reader_panic(
        at in 0..WHOLE.len(),
        cut in 0..60_usize,
        with in "[\\PC\\n]{0,8}|[0-9.\"=\\[\\]{}\\-]{0,12}",
    ) {
        let mut damaged = WHOLE.to_owned();
        damaged.replace_range(at..(at + cut).min(WHOLE.len()), &with);
        for text in [&*with, &damaged] {
            if let Err(invalid) = load("any.toml", text) {
                prop_assert!(!invalid.problems.is_empty());
                prop_assert!(!invalid.render(true).is_empty());
            }
        }
    }
}
