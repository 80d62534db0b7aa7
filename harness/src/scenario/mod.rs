//! A scenario: the question, the service, the fleet, the contenders and what is
//! expected of them.

mod arrivals;
mod builtin;
mod check;
mod expect;
mod file;
mod load;
mod model;

pub use self::arrivals::{Arrivals, Process, Starts};
pub use self::builtin::{Builtin, builtin};
pub use self::expect::{Bound, Comparison, Expectation, Measured, Metric, Other, RunTimes, SoFar};
pub use self::file::schema;
pub use self::load::{LoadError, load, parse};
pub use self::model::{Contender, Fallback, Fleet, RetryOn, Scenario};
