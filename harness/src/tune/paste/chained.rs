//! Lines of what stands around a tool's own: a region that a step chooses, and profiles that go on
//! from one role to another.

use super::{Place, Way};

/// A step that chooses the job's region, since expressions know no remainder.
pub(super) fn region_step(place: &Place) -> String {
    let lines: String = place
        .chosen()
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| format!("    {line}\n"))
        .collect();
    format!(
        "- id: region\n  shell: bash\n  env:\n    JOB_INDEX: ${{{{ strategy.job-index }}}}\n  run: |\n{lines}    \
         echo \"name=${{regions[first % ${{#regions[@]}}]}}\" >> \"$GITHUB_OUTPUT\"\n"
    )
}

/// Profiles for whoever reads the AWS config file; empty where no role follows another.
pub(super) fn profiles(way: Way) -> String {
    if !way.chains() {
        return String::new();
    }
    "# in ~/.aws/config, and AWS_PROFILE=tool for each tool\n\
     [profile job]\nrole_arn = <AWS_ROLE_ARN>\nweb_identity_token_file = <AWS_WEB_IDENTITY_TOKEN_FILE>\n\n\
     [profile tool]\nrole_arn = <the tool's own role>\nsource_profile = job\n\n"
        .into()
}
