//! One failure told line by line, so that a reader sees the mechanism.

use std::time::Duration;

use super::{Acquisition, Attempt, Failure};
use crate::world::{Instant, ToolId};

/// The first acquisition that failed, line by line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FirstFailure {
    /// Whose it was.
    pub tool: ToolId,
    /// When it had failed.
    pub at: Instant,
    /// What happened, in order.
    pub lines: Vec<String>,
}

/// Follows the first tool whose call fails until it recovers or gives up.
#[derive(Clone, Debug, Default)]
pub(super) struct Story {
    followed: Option<ToolId>,
    lines: Vec<String>,
    told: Option<FirstFailure>,
    /// The first failure of a tool that was not followed: told where no other is.
    bare: Option<FirstFailure>,
}

/// Lines a story may have before an ellipsis and its last line.
const STORY_LINES: usize = 40;

impl Story {
    pub(super) fn first_failure(&self) -> Option<&FirstFailure> {
        self.told.as_ref().or(self.bare.as_ref())
    }

    pub(super) fn call_failed(&mut self, attempt: &Attempt, failure: Failure, message: &str) {
        if self.told.is_some() {
            return;
        }
        if *self.followed.get_or_insert(attempt.tool) == attempt.tool {
            let took = attempt.answered.since(attempt.sent);
            let line = format!(
                "{}  call {} sent, answered {:.3} s later: {failure}: {message}",
                attempt.sent,
                attempt.number,
                took.as_secs_f64()
            );
            self.say(line);
        }
    }

    pub(super) fn sleeps(&mut self, now: Instant, tool: ToolId, wait: Duration, last: bool) {
        if self.followed == Some(tool) && self.told.is_none() && !wait.is_zero() {
            let what = if last { "sleeps in vain, after the last try," } else { "sleeps" };
            self.say(format!("{now}  {what} {:.3} s", wait.as_secs_f64()));
        }
    }

    pub(super) fn acquisition_ended(&mut self, acquisition: &Acquisition) {
        if self.told.is_some() {
            return;
        }
        let followed = self.followed == Some(acquisition.tool);
        match acquisition.failure {
            Some(failure) => {
                let line = format!("{}  gives up: {failure}", acquisition.ended);
                let story =
                    |lines| FirstFailure { tool: acquisition.tool, at: acquisition.ended, lines };
                if followed {
                    self.say(line);
                    self.told = Some(story(std::mem::take(&mut self.lines)));
                } else if self.bare.is_none() {
                    self.bare = Some(story(vec![line]));
                }
            }
            None if followed => {
                self.followed = None;
                self.lines.clear();
            }
            None => {}
        }
    }

    fn say(&mut self, line: String) {
        match self.lines.len() {
            ..STORY_LINES => self.lines.push(line),
            STORY_LINES => self.lines.extend(["…".into(), line]),
            // The last line stands for all that the ellipsis leaves out.
            more => self.lines[more - 1] = line,
        }
    }

    /// Takes in another thread's, or another seed's, story.
    pub(super) fn add(&mut self, other: &Self) {
        keep_earlier(&mut self.told, other.told.as_ref());
        keep_earlier(&mut self.bare, other.bare.as_ref());
    }
}

fn keep_earlier(ours: &mut Option<FirstFailure>, theirs: Option<&FirstFailure>) {
    let earlier = match (&*ours, theirs) {
        (Some(ours), Some(theirs)) => theirs.at < ours.at,
        (None, Some(_)) => true,
        (_, None) => false,
    };
    if earlier {
        *ours = theirs.cloned();
    }
}

#[cfg(test)]
mod tests {
    use mock_sts::error_code::ErrorCode;

    use super::super::Operation;
    use super::*;

    const FAILURE: Failure = Failure::Refused(ErrorCode::Throttling);

    fn tool(job: u32) -> ToolId {
        ToolId { job, tool: 0 }
    }

    fn at(seconds: u64) -> Instant {
        Instant::from_nanos(seconds * 1_000_000_000)
    }

    fn call(story: &mut Story, job: u32, number: u32, sent_s: u64) {
        let (sent, answered) = (at(sent_s), at(sent_s + 1));
        let (operation, region) = (Operation::AssumeRoleWithWebIdentity, 0);
        let (tool, call) = (tool(job), number);
        let attempt = Attempt { tool, key: 0, number, call, operation, region, sent, answered };
        story.call_failed(&attempt, FAILURE, "Rate exceeded");
    }

    fn end(story: &mut Story, job: u32, ended_s: u64, failure: Option<Failure>) {
        story.acquisition_ended(&Acquisition {
            tool: tool(job),
            key: 0,
            intended: Instant::ZERO,
            first_call: None,
            ended: at(ended_s),
            failure,
            cause: None,
        });
    }

    #[test]
    fn the_tool_that_is_followed_is_told_from_its_first_call() {
        let mut story = Story::default();
        call(&mut story, 1, 1, 0);
        call(&mut story, 2, 1, 0);
        story.sleeps(at(1), tool(1), Duration::from_secs(2), false);
        end(&mut story, 2, 2, Some(FAILURE));
        call(&mut story, 1, 2, 3);
        end(&mut story, 1, 4, Some(FAILURE));
        let told = story.first_failure().expect("a failure");
        assert_eq!(told.tool, tool(1));
        assert_eq!(
            told.lines,
            [
                "0.000 s  call 1 sent, answered 1.000 s later: Throttling: Rate exceeded",
                "1.000 s  sleeps 2.000 s",
                "3.000 s  call 2 sent, answered 1.000 s later: Throttling: Rate exceeded",
                "4.000 s  gives up: Throttling",
            ]
        );
    }

    #[test]
    fn a_tool_that_recovers_is_no_story() {
        let mut story = Story::default();
        call(&mut story, 1, 1, 0);
        end(&mut story, 1, 2, None);
        assert_eq!(story.first_failure(), None);
        call(&mut story, 2, 1, 3);
        end(&mut story, 2, 4, Some(FAILURE));
        assert_eq!(story.first_failure().map(|told| told.lines.len()), Some(2));
    }

    #[test]
    fn a_tool_without_calls_of_its_own_is_told_where_no_other_is() {
        let mut story = Story::default();
        call(&mut story, 9, 1, 0);
        end(&mut story, 1, 2, Some(FAILURE));
        let told = story.first_failure().expect("a failure");
        assert_eq!((told.tool, told.lines.len()), (tool(1), 1));
    }

    #[test]
    fn a_long_story_is_cut_in_the_middle() {
        let mut story = Story::default();
        for number in 1..=100 {
            call(&mut story, 1, number, u64::from(number));
        }
        end(&mut story, 1, 200, Some(FAILURE));
        let lines = &story.first_failure().expect("a failure").lines;
        assert_eq!(lines.len(), STORY_LINES + 2);
        assert_eq!(lines[STORY_LINES], "…");
        assert_eq!(lines.last().map(String::as_str), Some("200.000 s  gives up: Throttling"));
    }
}
