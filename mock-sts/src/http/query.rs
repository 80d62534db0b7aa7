//! Form or query string -> the operation and its parameters.
//!
//! What STS does with requests it cannot make sense of is as captured: the
//! first of a repeated parameter wins, unknown ones are ignored, a request
//! without an action is sent to a web page.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use crate::action::Action;
use crate::fields::Fields;
use crate::request::{AssumeRoleWithWebIdentity, DurationSeconds, Token, WebIdentity};

/// The API version, the only one there is.
pub const VERSION: &str = "2011-06-15";

/// Where STS sends whoever does not speak its protocol.
const WEB_PAGE: &str = "https://aws.amazon.com/iam";

/// What a request turned out to ask.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Asked<'a> {
    /// No action, or a body that is no form: 302 to this address.
    WebPage(String),
    /// No such operation, or no such version of it.
    Unknown {
        /// As it was sent.
        action: Cow<'a, str>,
        /// As it was sent.
        version: Option<Cow<'a, str>>,
    },
    /// `AssumeRoleWithWebIdentity`.
    AssumeRoleWithWebIdentity(Parameters<'a>),
    /// `GetCallerIdentity`, which has no parameters.
    GetCallerIdentity,
    /// Any other operation.
    Call(Action, Fields<'a>),
}

/// The parameters of `AssumeRoleWithWebIdentity`, decoded.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Parameters<'a> {
    /// `RoleArn`.
    pub role_arn: Option<Cow<'a, str>>,
    /// `RoleSessionName`.
    pub role_session_name: Option<Cow<'a, str>>,
    /// `WebIdentityToken`.
    pub token: Option<Cow<'a, str>>,
    /// `DurationSeconds`, undecided.
    pub duration: Option<Cow<'a, str>>,
    /// `ProviderId`.
    pub provider_id: Option<Cow<'a, str>>,
    /// `Policy`.
    pub policy: Option<Cow<'a, str>>,
    /// All parameters, if there are `PolicyArns` or `MinimumSessionTokenSize`.
    pub session: Option<Fields<'a>>,
}

/// Reads what is asked from the request line's query string and the body. A
/// request with a body has its parameters there, any other in the query string
/// (minio-py sends such POSTs).
#[must_use]
pub fn read<'a>(post: bool, query: &'a str, content_type: &str, body: &'a [u8]) -> Asked<'a> {
    let in_body = post && !body.is_empty();
    if in_body && !is_form(content_type) {
        return Asked::WebPage(WEB_PAGE.into());
    }
    let input = if in_body { body } else { query.as_bytes() };
    let (mut action, mut version) = (None, None);
    let mut parameters = Parameters::default();
    let mut has_session = false;
    for (name, value) in pairs(input) {
        let slot = match &*name {
            "Action" => &mut action,
            "Version" => &mut version,
            "RoleArn" => &mut parameters.role_arn,
            "RoleSessionName" => &mut parameters.role_session_name,
            "WebIdentityToken" => &mut parameters.token,
            "DurationSeconds" => &mut parameters.duration,
            "ProviderId" => &mut parameters.provider_id,
            "Policy" => &mut parameters.policy,
            "MinimumSessionTokenSize" => {
                has_session = true;
                continue;
            }
            name => {
                has_session |= name.starts_with("PolicyArns");
                continue;
            }
        };
        slot.get_or_insert(value);
    }
    match (action.as_deref(), version.as_deref()) {
        (None, _) => Asked::WebPage(web_page(post, query)),
        (Some("AssumeRoleWithWebIdentity"), Some(VERSION)) => {
            parameters.session = has_session.then(|| pairs(input).collect());
            Asked::AssumeRoleWithWebIdentity(parameters)
        }
        (Some("GetCallerIdentity"), Some(VERSION)) => Asked::GetCallerIdentity,
        (Some(name), Some(VERSION)) if let Some(action) = Action::from_name(name) => {
            Asked::Call(action, pairs(input).collect())
        }
        (Some(_), _) => Asked::Unknown { action: action.unwrap_or_default(), version },
    }
}

/// The pairs of a form, decoded. In most nothing is encoded, a token among them, and
/// those are taken as they stand: a form is mostly its token.
fn pairs(mut form: &[u8]) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    std::iter::from_fn(move || {
        loop {
            if form.is_empty() {
                return None;
            }
            let end = memchr(b'&', form).unwrap_or(form.len());
            let pair = &form[..end];
            form = form.get(end + 1..).unwrap_or_default();
            if let Some(pair) = plain(pair).or_else(|| form_urlencoded::parse(pair).next()) {
                return Some(pair);
            }
        }
    })
}

/// A pair that stands for itself.
fn plain(pair: &[u8]) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    if pair.is_empty() || !pair.is_ascii() || memchr2(b'%', b'+', pair).is_some() {
        return None;
    }
    let pair = str::from_utf8(pair).ok()?;
    let (name, value) = match memchr(b'=', pair.as_bytes()) {
        Some(end) => (&pair[..end], &pair[end + 1..]),
        None => (pair, ""),
    };
    Some((name.into(), value.into()))
}

impl Parameters<'_> {
    /// The operation, its token read as `identity` where it could be.
    #[must_use]
    pub fn operation<'b>(
        &'b self,
        identity: Option<&'b WebIdentity>,
    ) -> AssumeRoleWithWebIdentity<'b> {
        let unreadable = |text: &Cow<'_, str>| Token::Unreadable { length: text.len() };
        AssumeRoleWithWebIdentity {
            role_arn: self.role_arn.as_deref(),
            role_session_name: self.role_session_name.as_deref(),
            token: self
                .token
                .as_ref()
                .map(|text| identity.map_or_else(|| unreadable(text), Token::Jwt)),
            duration: duration(self.duration.as_deref()),
            provider_id: self.provider_id.as_deref(),
            policy: self.policy.as_deref(),
            session: self.session.as_ref(),
        }
    }
}

/// `DurationSeconds` as STS reads it, in 32 bits (captured): `+900` and `0900` are 900.
fn duration(text: Option<&str>) -> DurationSeconds {
    match text {
        None => DurationSeconds::Default,
        Some("") => DurationSeconds::Empty,
        Some(text) => match text.parse::<i32>() {
            Ok(seconds) => DurationSeconds::Seconds(seconds.into()),
            Err(_) => DurationSeconds::NotANumber,
        },
    }
}

fn is_form(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// A GET keeps its query on the way to the page.
fn web_page(post: bool, query: &str) -> String {
    if post || query.is_empty() { WEB_PAGE.into() } else { format!("{WEB_PAGE}?{query}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded";
    const CALL: &str = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws";

    fn role_arn(asked: &Asked<'_>) -> Option<String> {
        let Asked::AssumeRoleWithWebIdentity(parameters) = asked else { return None };
        parameters.role_arn.as_deref().map(str::to_owned)
    }

    #[test]
    fn parameters_come_from_the_form_or_from_the_query_string() {
        let arn = Some("arn:aws".to_owned());
        assert_eq!(role_arn(&read(true, "", FORM, CALL.as_bytes())), arn);
        let spelled = "Application/X-WWW-form-urlencoded ; charset=utf-8";
        assert_eq!(role_arn(&read(true, "", spelled, CALL.as_bytes())), arn);
        assert_eq!(role_arn(&read(false, CALL, "", b"")), arn);
        assert_eq!(role_arn(&read(true, CALL, "", b"")), arn);
    }

    proptest! {
        #[test]
        fn pairs_are_those_of_the_url_standard(form in "([a-c%+=&é\u{0}]|%[0-9A-Fa-f]{2}){0,40}") {
            let all: Vec<_> = pairs(form.as_bytes()).collect();
            let theirs: Vec<_> = form_urlencoded::parse(form.as_bytes()).collect();
            prop_assert_eq!(all, theirs);
        }

        #[test]
        fn whatever_the_bytes(form in prop::collection::vec(any::<u8>(), 0..80)) {
            let all: Vec<_> = pairs(&form).collect();
            prop_assert_eq!(all, form_urlencoded::parse(&form).collect::<Vec<_>>());
        }
    }

    #[test]
    fn whoever_does_not_speak_the_protocol_is_sent_to_a_web_page() {
        let page = |text: &str| Asked::WebPage(text.to_owned());
        let table = [
            (read(false, "", "", b""), "https://aws.amazon.com/iam"),
            (read(false, "a=b&c", "", b""), "https://aws.amazon.com/iam?a=b&c"),
            (read(true, "a=b", "", b""), "https://aws.amazon.com/iam"),
            (read(true, "", FORM, b"Version=2011-06-15"), "https://aws.amazon.com/iam"),
            (read(true, CALL, "application/json", b"{}"), "https://aws.amazon.com/iam"),
            (read(true, "", "", CALL.as_bytes()), "https://aws.amazon.com/iam"),
        ];
        for (asked, address) in table {
            assert_eq!(asked, page(address));
        }
    }

    #[test]
    fn unknown_operations_and_versions_are_told_apart_from_no_action() {
        let unknown = |action: &'static str, version: Option<&'static str>| Asked::Unknown {
            action: action.into(),
            version: version.map(Into::into),
        };
        assert_eq!(read(false, "Action=", "", b""), unknown("", None));
        assert_eq!(
            read(false, "Action=AssumeRoles&Version=2011-06-15", "", b""),
            unknown("AssumeRoles", Some("2011-06-15"))
        );
        assert_eq!(
            read(false, "Action=GetCallerIdentity&Version=2010-05-08", "", b""),
            unknown("GetCallerIdentity", Some("2010-05-08"))
        );
        assert_eq!(
            read(false, "Action=GetCallerIdentity", "", b""),
            unknown("GetCallerIdentity", None)
        );
    }

    #[test]
    fn the_first_of_a_repeated_parameter_wins() {
        let asked = read(
            false,
            "Unknown=1&RoleArn=a&Action=AssumeRoleWithWebIdentity&RoleArn=b&Version=2011-06-15&Action=x",
            "",
            b"",
        );
        assert_eq!(role_arn(&asked), Some("a".into()));
    }

    #[test]
    fn durations_are_read_as_sts_reads_them() {
        let table = [
            (None, DurationSeconds::Default),
            (Some(""), DurationSeconds::Empty),
            (Some("900"), DurationSeconds::Seconds(900)),
            (Some("+900"), DurationSeconds::Seconds(900)),
            (Some("0900"), DurationSeconds::Seconds(900)),
            (Some("-1"), DurationSeconds::Seconds(-1)),
            (Some("1.5"), DurationSeconds::NotANumber),
            (Some("abc"), DurationSeconds::NotANumber),
            (Some(" 900"), DurationSeconds::NotANumber),
            (Some("2147483647"), DurationSeconds::Seconds(2_147_483_647)),
            (Some("2147483648"), DurationSeconds::NotANumber),
            (Some("-2147483648"), DurationSeconds::Seconds(-2_147_483_648)),
            (Some("-2147483649"), DurationSeconds::NotANumber),
        ];
        for (text, expected) in table {
            assert_eq!(duration(text), expected, "{text:?}");
        }
    }

    #[test]
    fn escapes_that_are_no_text_are_replaced() {
        let asked = read(
            false,
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=%FF%zz%",
            "",
            b"",
        );
        assert_eq!(role_arn(&asked), Some("\u{fffd}%zz%".into()));
    }
}
