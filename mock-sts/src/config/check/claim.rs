//! `[idp.claims]`: what is special about the jobs.

use crate::config::spanned::Spanned;

use super::value::Setter;
use crate::config::IdpConfig;
use crate::config::file::ClaimsFile;
use crate::config::problem::Problems;
use crate::config::unit::count;

pub(super) fn apply(
    file: &Spanned<ClaimsFile>,
    config: &mut IdpConfig,
    overridden: &mut Vec<String>,
    problems: &mut Problems,
) -> bool {
    if !config.preset.is_github() {
        let name = config.preset.info().name;
        problems
            .push(
                file.span(),
                format!("`{name}` has no such claims"),
                "environments, pull requests and reusable workflows are GitHub's",
            )
            .help("take the table out, or use the preset `github` or `github-immutable`");
        return false;
    }
    let (file, claims) = (file.get_ref(), &mut config.claims);
    let mut set = Setter { table: "idp.claims", overridden, problems, fine: true };
    let text = file.environment.as_ref();
    set.checked("environment", text, &mut claims.environment, |text, problems| {
        printable(text, problems).map(Some)
    });
    let number = file.pull_request.as_ref();
    set.checked("pull-request", number, &mut claims.pull_request, |number, problems| {
        count(number, &(1..=1_000_000_000), problems).map(Some)
    });
    let text = file.job_workflow_ref.as_ref();
    set.checked("job-workflow-ref", text, &mut claims.job_workflow_ref, |text, problems| {
        workflow(text, problems).map(Some)
    });
    set.fine
}

/// A name that GitHub would take.
fn printable(text: &Spanned<String>, problems: &mut Problems) -> Option<String> {
    let name = text.get_ref();
    let fine = (1..=255).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if !fine {
        problems.push(
            text.span(),
            "this cannot be the name of an environment",
            "expected 1 to 255 printable characters",
        );
    }
    fine.then(|| name.clone())
}

/// `OWNER/REPO/PATH@REF`.
fn workflow(text: &Spanned<String>, problems: &mut Problems) -> Option<String> {
    let fine = text.get_ref().split_once('@').is_some_and(|(path, git_ref)| {
        path.matches('/').count() >= 2 && !git_ref.is_empty() && !path.contains("//")
    });
    if !fine {
        problems
            .push(text.span(), "this is not a reusable workflow", "expected OWNER/REPO/PATH@REF")
            .help("write it like \"octo-org/shared/.github/workflows/deploy.yml@refs/heads/main\"");
    }
    fine.then(|| text.get_ref().clone())
}
